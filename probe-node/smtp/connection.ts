/**
 * One connection to one address of a mail host: the socket under a dialogue.
 *
 * It turns bytes into events (reply.ts), events into commands (dialogue.ts) and commands into bytes (command.ts), and
 * owns everything that has to do with time: a connect timeout, a bound on how long one line may take, and the caller's
 * AbortSignal, which carries the deadline of the request. Nothing here throws for what a server does: every ending is
 * a value. After any ending but `ready` and `answer` the socket is gone.
 */
import net from 'node:net';
import type { Stage } from '../../shared/replies/reply.ts';
import { writeCommand } from './command.ts';
import {
  type Dialogue,
  type DialogueEvent,
  type Signal,
  stageOf,
  startDialogue,
  step,
  type Transaction,
} from './dialogue.ts';
import { ReplyParser } from './reply.ts';

/** Milliseconds for a TCP handshake with one address. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** Milliseconds in which a line that has begun must end: real servers write whole lines, a tarpit drips. */
export const LINE_TIMEOUT_MS = 5_000;
/** Milliseconds that a server gets to answer QUIT and to hang up, before we do. Nobody waits for it. */
const PARTING_TIMEOUT_MS = 2_000;

const LF = 0x0a;

/** How waiting for a session, or for an answer from one, can end. */
export type Ending =
  | Exclude<Signal, { kind: 'ready' }>
  | { readonly kind: 'timeout'; readonly stage: Stage; readonly fault: string }
  | { readonly kind: 'unreachable'; readonly fault: string };

export type SessionTarget = {
  readonly ip: string;
  readonly port: number;
  readonly heloName: string;
  /** Source address to bind, or null for the system's choice. */
  readonly sourceIp: string | null;
};

/**
 * Connects, waits for the whole greeting and says EHLO.
 *
 * @param signal ends the wait; its reason does not matter, the ending is `timeout`
 */
export async function openSession(target: SessionTarget, signal: AbortSignal): Promise<Session | Ending> {
  const socket = await connect(target, signal);
  if (!(socket instanceof net.Socket)) return socket;
  const session = new Session(socket, target);
  const ending = await session.opened(signal);
  return ending ?? session;
}

async function connect(target: SessionTarget, signal: AbortSignal): Promise<net.Socket | Ending> {
  if (signal.aborted) return { kind: 'timeout', stage: 'connect', fault: 'deadline' };
  const socket = net.connect({
    host: target.ip,
    port: target.port,
    noDelay: true,
    ...(target.sourceIp === null ? {} : { localAddress: target.sourceIp }),
  });
  return new Promise((resolve) => {
    const settle = (result: net.Socket | Ending): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
      // An error that comes after the wait is over must find a listener, or it ends the process.
      socket.on('error', () => {});
      if (result !== socket) socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => settle({ kind: 'timeout', stage: 'connect', fault: 'deadline' });
    const timer = setTimeout(() => settle({ kind: 'unreachable', fault: 'connect_timeout' }), CONNECT_TIMEOUT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => settle(socket));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle({ kind: 'unreachable', fault: error.code ?? 'connect_error' }),
    );
  });
}

export class Session {
  readonly ip: string;
  readonly #socket: net.Socket;
  readonly #parser = new ReplyParser();
  #dialogue: Dialogue;
  #waiter: ((ending: Signal | Ending) => void) | null = null;
  /** Said but not yet heard: it is handed over one turn of the event loop later, or to the next who asks. */
  #ending: Signal | Ending | null = null;
  #lineTimer: NodeJS.Timeout | null = null;

  constructor(socket: net.Socket, target: SessionTarget) {
    this.ip = target.ip;
    this.#socket = socket;
    this.#dialogue = startDialogue(target.heloName);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => this.#apply({ kind: 'closed' }));
    socket.on('end', () => this.#apply({ kind: 'closed' }));
    socket.on('close', () => this.#apply({ kind: 'closed' }));
  }

  get offersSmtputf8(): boolean {
    return this.#dialogue.extensions.has('SMTPUTF8');
  }

  /** Waits for greeting and EHLO; null when the session can be asked. */
  async opened(signal: AbortSignal): Promise<Ending | null> {
    const ending = await this.#wait(signal);
    return ending.kind === 'ready' ? null : ending;
  }

  /** Asks one transaction and waits for its answer. */
  async ask(transaction: Transaction, signal: AbortSignal): Promise<Ending> {
    if (this.#ending === null) this.#apply({ kind: 'ask', transaction });
    const ending = await this.#wait(signal);
    if (ending.kind !== 'ready') return ending;
    return { kind: 'broken', stage: stageOf(this.#dialogue), fault: 'unexpected_ready' };
  }

  /** Parts: what was written is still sent, and the server may say goodbye. Returns at once. */
  close(): void {
    this.#clearLineTimer();
    this.#socket.setTimeout(PARTING_TIMEOUT_MS, () => this.#destroy());
    this.#socket.end();
  }

  #wait(signal: AbortSignal): Promise<Signal | Ending> {
    return new Promise((resolve) => {
      const onAbort = (): void => {
        this.#deliver({ kind: 'timeout', stage: stageOf(this.#dialogue), fault: 'deadline' });
      };
      this.#waiter = (ending) => {
        this.#waiter = null;
        signal.removeEventListener('abort', onAbort);
        if (ending.kind !== 'ready' && ending.kind !== 'answer') this.#destroy();
        resolve(ending);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      if (this.#ending !== null) this.#handOver();
    });
  }

  #onData(chunk: Buffer): void {
    const { replies, fault } = this.#parser.push(chunk);
    for (const reply of replies) this.#apply({ kind: 'reply', reply });
    if (fault !== null) this.#deliver({ kind: 'broken', stage: stageOf(this.#dialogue), fault });
    this.#watchLine(chunk.includes(LF));
  }

  #apply(event: DialogueEvent): void {
    const { dialogue, send, signal } = step(this.#dialogue, event);
    this.#dialogue = dialogue;
    if (send.length > 0) this.#socket.write(send.map(writeCommand).join(''));
    if (signal !== null) this.#deliver(signal);
  }

  /**
   * Keeps the newest word and hands it over in the next turn of the event loop: a reply too many that came in the same
   * breath as an answer takes the answer's place.
   */
  #deliver(ending: Signal | Ending): void {
    if (this.#ending === null && this.#waiter !== null) setImmediate(() => this.#handOver());
    this.#ending = ending;
  }

  #handOver(): void {
    const ending = this.#ending;
    if (ending === null || this.#waiter === null) return;
    this.#ending = null;
    this.#waiter(ending);
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

  #clearLineTimer(): void {
    if (this.#lineTimer !== null) clearTimeout(this.#lineTimer);
    this.#lineTimer = null;
  }

  #destroy(): void {
    this.#clearLineTimer();
    this.#socket.destroy();
  }
}
