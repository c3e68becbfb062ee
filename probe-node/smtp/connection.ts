/**
 * One session with one mail host: the socket under a dialogue.
 *
 * It turns bytes into events (reply.ts), events into commands (dialogue.ts) and commands into bytes (command.ts), and
 * owns everything that has to do with time: a bound on how long one line and one TLS handshake may take, and the
 * caller's AbortSignal, which carries the deadline of the request. Nothing here throws for what a server does: every
 * ending is a value. After any ending but `ready` and `answer` the socket is gone. Before it: flow/lease.ts. After it:
 * dialogue.ts, upgrade.ts. pool.ts holds it while idle.
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

/** Milliseconds in which a line that has begun must end: real servers write whole lines, a tarpit drips. */
export const LINE_TIMEOUT_MS = 5_000;
/**
 * Milliseconds without a word after which a reply is taken to be missing, or held back, where the server has answered
 * some of a group: longer than the 5 s by which Exchange delays each refusal (TarpitInterval), shorter than a host's
 * least share of a job's time (flow/share.ts).
 */
export const SILENCE_MS = 6_000;
/** Milliseconds that a server gets to answer QUIT and to hang up, before we do. Nobody waits for it. */
const PARTING_TIMEOUT_MS = 2_000;

const LF = 0x0a;

/** How waiting for a session, or for an answer from one, can end. */
export type Ending =
  | Exclude<Signal, { kind: 'ready' | 'upgrade' }>
  | { readonly kind: 'timeout'; readonly stage: Stage; readonly fault: string };

export type SessionOptions = {
  readonly heloName: string;
  /** One command at a time even where PIPELINING is offered. */
  readonly isLockstep: boolean;
  /** Milliseconds on any steady scale. */
  readonly nowMs: () => number;
};

/** Milliseconds that each part of the opening took. */
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
  /** Said but not yet heard: it is handed over one turn of the event loop later, or to the next who asks. */
  #ending: Signal | Ending | null = null;
  #lineTimer: NodeJS.Timeout | null = null;
  #silenceTimer: NodeJS.Timeout | null = null;
  #isParting = false;
  #usage: Usage;
  #phases: Phases = { greetingMs: 0, ehloMs: 0 };
  readonly #whenGone: (() => void)[] = [];
  /** Both ends of the connection: a socket that is gone does not tell them. */
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

  /** True while it can be asked. */
  get isAlive(): boolean {
    return this.#dialogue.phase !== 'ended' && this.#ending === null && !this.#isParting && !this.#socket.destroyed;
  }

  offers(extension: 'SMTPUTF8' | 'STARTTLS' | 'PIPELINING'): boolean {
    return this.#dialogue.extensions.has(extension);
  }

  /** True if the server is certain to lack an extension: it was told EHLO in so many words, and names it nowhere. */
  lacks(extension: 'SMTPUTF8'): boolean {
    const { hello } = this.#dialogue;
    return hello?.verb === 'EHLO' && lacks(hello.reply, extension);
  }

  /** Called once when the socket is gone, for whatever reason. */
  onGone(callback: () => void): void {
    if (this.#socket.closed) callback();
    else this.#whenGone.push(callback);
  }

  /** Waits for greeting and EHLO; null when the session can be asked. */
  open(signal: AbortSignal): Promise<Ending | null> {
    return this.#reachReady(signal);
  }

  /** STARTTLS, the handshake with the host of this name, and EHLO anew (RFC 3207); null when it can be asked again. */
  async secure(host: string, signal: AbortSignal): Promise<Ending | null> {
    if (this.#ending === null) this.#apply({ kind: 'starttls' });
    const ending = await this.#wait(signal);
    if (ending.kind !== 'upgrade') return this.#unlessReady(ending);
    const fault = await this.#handshake(host, signal);
    if (fault !== null) return this.#give(fault);
    this.#apply({ kind: 'secured' });
    return this.#reachReady(signal);
  }

  /** Asks one transaction and waits for its answer. */
  async ask(transaction: Transaction, signal: AbortSignal): Promise<Ending> {
    // What has begun before the question is no answer to it.
    if (this.#parser.isMidReply) this.#deliver(this.#broken('unexpected_reply'));
    if (this.#ending === null) this.#apply({ kind: 'ask', transaction });
    const ending = await this.#wait(signal);
    if (ending.kind === 'ready' || ending.kind === 'upgrade') return this.#give(this.#broken('unexpected_ready'));
    if (ending.kind !== 'answer') return ending;
    this.#usage = usedFor(this.#usage, transaction, ending.answer);
    const us: Ours = { sender: transaction.mailFrom, heloName: this.#options.heloName, ...this.#ends };
    return { kind: 'answer', answer: withQuotes(ending.answer, transaction, us) };
  }

  /** Parts: QUIT where it has not been said; what was written is still sent. Returns at once. */
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
    // What is said from here on is not listened to, and cannot keep the socket open either.
    this.#hear(() => {});
    if (this.isTls) this.#stream.removeAllListeners('data').resume();
    this.#stream.end();
  }

  async #reachReady(signal: AbortSignal): Promise<Ending | null> {
    return this.#unlessReady(await this.#wait(signal));
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

  /** A fault, or null when TLS stands. The certificate is not checked: it is privacy on the way, not proof of a name. */
  async #handshake(host: string, signal: AbortSignal): Promise<Ending | null> {
    // Anything after the 220 in clear text could be an attacker's, to be taken for the server's (CVE-2011-0411).
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
      // Nothing more can come of a session that has ended.
      if (this.#dialogue.phase === 'ended') this.#ending ??= { kind: 'dropped', stage: 'mail' };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      if (this.#ending !== null) this.#handOver();
    });
  }

  /** What stands of a transaction in spite of it is its answer. */
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
      // Said in one breath with the reply that let us write, and so before it could be the answer to what we wrote.
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

  /** True where the event made us write. */
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
   * Keeps the newest word and hands it over in the next turn of the event loop: a reply too many that came in the same
   * breath as an answer takes the answer's place. What comes after that which has ended the session is no news; neither is
   * the end of the line or of time right behind an answer.
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
   * Who is out of step is told nothing more, but left as everybody is: our place at the server is free when it has let go,
   * and not before, since the question is put again at once.
   */
  #leaveAfter(ending: Signal | Ending): void {
    if (ending.kind === 'broken') this.#dialogue = { ...this.#dialogue, phase: 'ended' };
    if (ending.kind === 'refused' || ending.kind === 'broken') this.close();
    else if (isFatal(ending)) this.#destroy();
  }

  /** A fault found by ourselves: the session is over. */
  #give(ending: Ending): Ending {
    this.#ending = ending;
    this.#destroy();
    return ending;
  }

  /** A line that has begun has LINE_TIMEOUT_MS to end. */
  #watchLine(hadLineEnd: boolean): void {
    if (hadLineEnd) this.#clearLineTimer();
    if (this.#parser.isMidLine) {
      this.#lineTimer ??= setTimeout(
        () => this.#deliver({ kind: 'timeout', stage: stageOf(this.#dialogue), fault: 'line_too_slow' }),
        LINE_TIMEOUT_MS,
      );
    }
  }

  /** Once a server has begun to answer a group, its next word has SILENCE_MS to come. */
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
