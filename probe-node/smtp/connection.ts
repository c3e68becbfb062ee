/**
 * SMTP session with one mail host: the socket under a dialogue.
 *
 * It turns bytes into events (reply.ts), events into commands (dialogue.ts) and commands into bytes (command.ts), and
 * owns all timing: bounds on one line and one TLS handshake, and the caller's AbortSignal, its deadline. Nothing is
 * thrown for faults of a server: every ending is a value. After any ending except `ready` and `answer` the socket is
 * gone. Before it: flow/lease.ts. After it: dialogue.ts, upgrade.ts. pool.ts holds it while idle.
 */
import type net from 'node:net';
import type { Stage } from '../../shared/replies/reply.ts';
import { writeCommand } from './command.ts';
import type { Wire } from './dial.ts';
import {
  type Dialogue,
  type DialogueEvent,
  isBoundedInSilence,
  type Signal,
  stageOf,
  startDialogue,
  step,
} from './dialogue.ts';
import { lacks } from './extensions.ts';
import { type Ours, withQuotes } from './quotes.ts';
import { ReplyParser } from './reply.ts';
import type { Transaction } from './transaction.ts';
import { upgrade } from './upgrade.ts';
import { type Usage, usedFor } from './usage.ts';

/** Milliseconds in which a started line must end: real servers write whole lines, a tarpit drips. */
export const LINE_TIMEOUT_MS = 5_000;
/**
 * Milliseconds of silence after which a reply counts as missing, or held back, if a group is answered in part: longer
 * than Exchange delays each refusal (TarpitInterval, 5 s), shorter than a host's least share (flow/share.ts).
 */
export const SILENCE_MS = 6_000;
/** Milliseconds for a server to answer QUIT and to close, before we close. No job waits for it. */
const PARTING_TIMEOUT_MS = 2_000;

const LF = 0x0a;

/** The possible ends of waiting for a session, or for an answer from one. */
export type Ending =
  | Exclude<Signal, { kind: 'ready' | 'upgrade' }>
  | { readonly kind: 'timeout'; readonly stage: Stage; readonly fault: string };

export type SessionOptions = {
  readonly heloName: string;
  /** One command at a time even if PIPELINING is offered. */
  readonly isLockstep: boolean;
  /** Milliseconds on any monotonic scale. */
  readonly nowMs: () => number;
};

/** Duration in milliseconds of each phase of the opening. */
export type Phases = { readonly greetingMs: number; readonly ehloMs: number };

type Waiter = (ending: Signal | Ending) => void;

export class Session {
  readonly #options: SessionOptions;
  readonly #socket: net.Socket;
  readonly #hear: Wire['hear'];
  #stream: net.Socket;
  #parser = new ReplyParser();
  #dialogue: Dialogue;
  #waiter: Waiter | null = null;
  /** An ending not yet delivered: it is delivered one turn of the event loop later, or to the next reader. */
  #ending: Signal | Ending | null = null;
  #lineTimer: NodeJS.Timeout | null = null;
  #silenceTimer: NodeJS.Timeout | null = null;
  #isParting = false;
  #usage: Usage;
  #phases: Phases = { greetingMs: 0, ehloMs: 0 };
  readonly #whenGone: (() => void)[] = [];
  /** Addresses of both ends, kept because a closed socket no longer reports them. */
  readonly #ends: Pick<Ours, 'ourIp' | 'serverIp'>;

  constructor({ socket, hear }: Wire, options: SessionOptions) {
    this.#options = options;
    this.#hear = hear;
    this.#socket = socket;
    this.#stream = socket;
    this.#ends = { ourIp: socket.localAddress ?? null, serverIp: socket.remoteAddress ?? null };
    this.#dialogue = startDialogue(options.heloName, options.isLockstep);
    this.#usage = { transactions: 0, recipients: 0, refusals: 0, deferrals: 0, openedAtMs: options.nowMs() };
    this.#listen(socket);
    hear((chunk) => this.#onData(chunk));
    socket.once('close', () => {
      for (const callback of this.#whenGone.splice(0)) callback();
    });
  }

  get usage(): Usage {
    return this.#usage;
  }

  get phases(): Phases {
    return this.#phases;
  }

  get isTls(): boolean {
    return this.#stream !== this.#socket;
  }

  /** True while the session can be asked. */
  get isAlive(): boolean {
    return this.#dialogue.phase !== 'ended' && this.#ending === null && !this.#isParting && !this.#socket.destroyed;
  }

  offers(extension: 'SMTPUTF8' | 'STARTTLS' | 'PIPELINING'): boolean {
    return this.#dialogue.extensions.has(extension);
  }

  /** True if the server certainly lacks an extension: it answered EHLO itself, and its reply does not name it. */
  lacks(extension: 'SMTPUTF8'): boolean {
    const { hello } = this.#dialogue;
    return hello?.verb === 'EHLO' && lacks(hello.reply, extension);
  }

  /** Called once when the socket is gone, for any reason. */
  onGone(callback: () => void): void {
    if (this.#socket.closed) callback();
    else this.#whenGone.push(callback);
  }

  /** Waits for greeting and EHLO; null if the session can be asked. */
  async open(signal: AbortSignal): Promise<Ending | null> {
    return this.#unlessReady(await this.#wait(signal));
  }

  /** STARTTLS, the handshake with this host name, and EHLO again (RFC 3207); null if the session can be asked. */
  async secure(host: string, signal: AbortSignal): Promise<Ending | null> {
    if (this.#ending === null) this.#apply({ kind: 'starttls' });
    const ending = await this.#wait(signal);
    if (ending.kind !== 'upgrade') return this.#unlessReady(ending);
    const fault = await this.#handshake(host, signal);
    if (fault !== null) return this.#give(fault);
    this.#apply({ kind: 'secured' });
    return this.open(signal);
  }

  /** Asks one transaction and waits for its answer. */
  async ask(transaction: Transaction, signal: AbortSignal): Promise<Ending> {
    // A reply that began before the question cannot be an answer to it.
    if (this.#parser.isMidReply) this.#deliver(this.#broken('unexpected_reply'));
    if (this.#ending === null) this.#apply({ kind: 'ask', transaction });
    const ending = await this.#wait(signal);
    if (ending.kind === 'ready' || ending.kind === 'upgrade') return this.#give(this.#broken('unexpected_ready'));
    if (ending.kind !== 'answer') return ending;
    this.#usage = usedFor(this.#usage, transaction, ending.answer);
    const us: Ours = { sender: transaction.mailFrom, heloName: this.#options.heloName, ...this.#ends };
    return { kind: 'answer', answer: withQuotes(ending.answer, transaction, us) };
  }

  /** Closes with QUIT, if it has not been sent; pending writes are still sent. Returns at once. */
  close(): void {
    if (this.#isParting) return;
    this.#isParting = true;
    this.#clearTimers();
    if (!this.#socket.writable) {
      this.#destroy();
      return;
    }
    const timer = setTimeout(() => this.#destroy(), PARTING_TIMEOUT_MS);
    this.onGone(() => clearTimeout(timer));
    this.#apply({ kind: 'quit' });
    // Later bytes are ignored, and cannot keep the socket open either.
    this.#hear(() => {});
    if (this.isTls) this.#stream.removeAllListeners('data').resume();
    this.#stream.end();
  }

  #unlessReady(ending: Signal | Ending): Ending | null {
    if (ending.kind === 'ready') return null;
    if (ending.kind !== 'upgrade') return ending;
    return this.#give(this.#broken('unexpected_upgrade'));
  }

  #broken(fault: string): Ending {
    return { kind: 'broken', stage: stageOf(this.#dialogue), fault };
  }

  #listen(stream: net.Socket): void {
    stream.on('error', () => this.#apply({ kind: 'closed' }));
    stream.on('end', () => this.#apply({ kind: 'closed' }));
    stream.on('close', () => this.#apply({ kind: 'closed' }));
  }

  /** A fault, or null once TLS is up. The certificate is not checked: TLS gives privacy here, not proof of a name. */
  async #handshake(host: string, signal: AbortSignal): Promise<Ending | null> {
    // Clear text after the 220 could come from an attacker and pass for the server's (CVE-2011-0411).
    if (this.#parser.isMidLine || this.#ending !== null) {
      return { kind: 'broken', stage: 'starttls', fault: 'text_before_tls' };
    }
    this.#hear(() => {});
    const stream = await upgrade(this.#socket, host, signal);
    if (stream === 'late') return { kind: 'timeout', stage: 'starttls', fault: 'tls_handshake' };
    if (stream === 'failed') return { kind: 'broken', stage: 'starttls', fault: 'tls_handshake' };
    this.#stream = stream;
    this.#parser = new ReplyParser();
    this.#listen(stream);
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    return null;
  }

  #wait(signal: AbortSignal): Promise<Signal | Ending> {
    return new Promise((resolve) => {
      const onAbort = (): void => this.#onDeadline();
      this.#waiter = (ending) => {
        this.#waiter = null;
        signal.removeEventListener('abort', onAbort);
        this.#leaveAfter(ending);
        resolve(ending);
      };
      // A session that has ended brings nothing more.
      if (this.#dialogue.phase === 'ended') this.#ending ??= { kind: 'dropped', stage: 'mail' };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      if (this.#ending !== null) this.#handOver();
    });
  }

  /** The part of a transaction that can be believed all the same is its answer. */
  #onDeadline(): void {
    const stage = stageOf(this.#dialogue);
    const { dialogue, signal } = step(this.#dialogue, { kind: 'silent' });
    this.#dialogue = dialogue;
    const fault = signal?.kind === 'broken' ? signal.fault : 'deadline';
    this.#deliver(signal?.kind === 'answer' ? signal : { kind: 'timeout', stage, fault });
  }

  #onData(chunk: Uint8Array): void {
    const { replies, fault } = this.#parser.push(chunk);
    let hasWritten = false;
    for (const reply of replies) {
      // A reply in the same read as the one that let us write came before our write: it cannot answer it.
      if (hasWritten && reply.code !== 421) {
        this.#deliver(this.#broken('unexpected_reply'));
        break;
      }
      hasWritten = this.#apply({ kind: 'reply', reply }) || hasWritten;
    }
    if (fault !== null) this.#deliver(this.#broken(fault));
    this.#watchLine(chunk.includes(LF));
    this.#watchSilence();
  }

  /** True if the event made us write. */
  #apply(event: DialogueEvent): boolean {
    const before = this.#dialogue.phase;
    const { dialogue, send, signal } = step(this.#dialogue, event);
    this.#dialogue = dialogue;
    if (dialogue.phase !== before) this.#clockPhase(before);
    if (send.length > 0 && this.#stream.writable) this.#stream.write(send.map(writeCommand).join(''));
    if (signal !== null) this.#deliver(signal);
    return send.length > 0;
  }

  #clockPhase(finished: Dialogue['phase']): void {
    const elapsedMs = this.#options.nowMs() - this.#usage.openedAtMs;
    const { greetingMs } = this.#phases;
    if (finished === 'greeting') this.#phases = { greetingMs: elapsedMs, ehloMs: 0 };
    if (finished === 'hello') this.#phases = { greetingMs, ehloMs: elapsedMs - greetingMs };
  }

  /**
   * Keeps the newest ending and delivers it one turn of the event loop later: a surplus reply in the same read replaces
   * an answer. Ignored: events after the end of the session, and a close or a timeout right behind an answer.
   */
  #deliver(ending: Signal | Ending): void {
    if (this.#ending !== null && isFatal(this.#ending)) return;
    if (this.#ending?.kind === 'answer' && (ending.kind === 'dropped' || ending.kind === 'timeout')) return;
    if (this.#ending === null && this.#waiter !== null) setImmediate(() => this.#handOver());
    this.#ending = ending;
    if (this.#waiter === null) this.#leaveAfter(ending);
  }

  #handOver(): void {
    const ending = this.#ending;
    if (ending === null || this.#waiter === null) return;
    if (!isFatal(ending)) this.#ending = null;
    this.#waiter(ending);
  }

  /**
   * Out of step, a server gets QUIT and nothing else: our place there is free only once it has closed, and the question
   * is asked again at once.
   */
  #leaveAfter(ending: Signal | Ending): void {
    if (ending.kind === 'broken') this.#dialogue = { ...this.#dialogue, phase: 'ended' };
    if (ending.kind === 'refused' || ending.kind === 'broken') this.close();
    else if (isFatal(ending)) this.#destroy();
  }

  /** A fault that we detected: the session is over. */
  #give(ending: Ending): Ending {
    this.#ending = ending;
    this.#destroy();
    return ending;
  }

  /** A started line has LINE_TIMEOUT_MS to end. */
  #watchLine(hadLineEnd: boolean): void {
    if (hadLineEnd) this.#clearLineTimer();
    if (this.#parser.isMidLine) {
      this.#lineTimer ??= setTimeout(
        () => this.#deliver({ kind: 'timeout', stage: stageOf(this.#dialogue), fault: 'line_too_slow' }),
        LINE_TIMEOUT_MS,
      );
    }
  }

  /** After a server's first reply to a group, the next one has SILENCE_MS to come. */
  #watchSilence(): void {
    if (this.#silenceTimer !== null) clearTimeout(this.#silenceTimer);
    this.#silenceTimer = isBoundedInSilence(this.#dialogue)
      ? setTimeout(() => this.#apply({ kind: 'silent' }), SILENCE_MS)
      : null;
  }

  #clearLineTimer(): void {
    if (this.#lineTimer !== null) clearTimeout(this.#lineTimer);
    this.#lineTimer = null;
  }

  #clearTimers(): void {
    this.#clearLineTimer();
    if (this.#silenceTimer !== null) clearTimeout(this.#silenceTimer);
    this.#silenceTimer = null;
  }

  #destroy(): void {
    this.#clearTimers();
    this.#stream.destroy();
    this.#socket.destroy();
  }
}

function isFatal(ending: Signal | Ending): boolean {
  return ending.kind !== 'ready' && ending.kind !== 'answer' && ending.kind !== 'upgrade';
}
