/**
 * One hostile act of a server in a session: at one stage of the dialogue, drawn from a seed.
 *
 * Apart from its act a server is honest, so that the truth about every mailbox is known: `known…` exists, every mailbox
 * does at `catchall…`, and no other. No act is a plain lie (a well-formed refusal of a mailbox that exists, in its
 * turn): that would be the server's own verdict, which cannot be told from the truth. Surplus replies come in the same
 * write as the reply they follow, which is how broken servers and injected text arrive.
 */
const STAGES = ['greeting', 'ehlo', 'mail', 'rcpt', 'rset'] as const;
export type MoodStage = (typeof STAGES)[number];

/** Replacement for the reply that is due: send this instead, and then go on, fall silent, or end. */
export type Deed = {
  readonly text: string;
  readonly next?: 'silence' | 'end' | 'reset' | 'flood';
  /** Milliseconds between two octets. */
  readonly dripMs?: number;
};

type Act = { readonly name: string; readonly stages?: readonly MoodStage[]; readonly do: (reply: string) => Deed };

const BEFORE_RCPT: readonly MoodStage[] = ['greeting', 'ehlo', 'mail'];
const YES = '250 2.1.5 Ok\r\n';
const NO = '550 5.1.1 User unknown\r\n';

const ACTS: readonly Act[] = [
  { name: 'honest', do: (text) => ({ text }) },
  { name: 'drop', do: () => ({ text: '', next: 'end' }) },
  { name: 'reset', do: () => ({ text: '', next: 'reset' }) },
  { name: 'silence', do: () => ({ text: '', next: 'silence' }) },
  { name: 'garbage', do: () => ({ text: '\x16\x03\x01\xff\xfe\x00not smtp\r\n' }) },
  { name: 'HTTP', do: () => ({ text: 'HTTP/1.1 400 Bad Request\r\n\r\n', next: 'end' }) },
  { name: 'NULs', do: (text) => ({ text: text.replaceAll(' ', ' \0\0') }) },
  { name: 'half, silence', do: (text) => ({ text: text.slice(0, text.length >> 1), next: 'silence' }) },
  { name: 'half, drop', do: (text) => ({ text: text.slice(0, text.length >> 1), next: 'end' }) },
  { name: 'code alone, drop', do: (text) => ({ text: text.slice(0, 3), next: 'end' }) },
  { name: 'drip', do: (text) => ({ text, dripMs: 15 }) },
  { name: 'endless lines', do: (text) => ({ text: `${text.slice(0, 3)}-more\r\n`, next: 'flood' }) },
  { name: 'endless line', do: (text) => ({ text: `${text.slice(0, 3)} ${'x'.repeat(100_000)}`, next: 'silence' }) },
  { name: 'many lines', do: (text) => ({ text: `${text.slice(0, 3)}-x\r\n`.repeat(2_000) + text }) },
  { name: 'missing', do: () => ({ text: '' }) },
  { name: 'a yes too many', do: (text) => ({ text: text + YES }) },
  { name: 'a no too many', do: (text) => ({ text: text + NO }) },
  { name: 'two too many', do: (text) => ({ text: text + NO + YES }) },
  { name: 'flood of yes', do: (text) => ({ text: text + YES.repeat(500) }) },
  { name: 'yes and no in one', do: () => ({ text: '250-2.1.5 Ok\r\n550 5.1.1 User unknown\r\n' }) },
  { name: 'no and yes in one', do: () => ({ text: '550-5.1.1 User unknown\r\n250 2.1.5 Ok\r\n' }) },
  { name: '421', do: () => ({ text: '421 4.3.2 Service shutting down\r\n', next: 'end' }) },
  { name: '421, open', do: () => ({ text: '421 4.7.0 Too many errors\r\n', next: 'silence' }) },
  { name: '450', do: () => ({ text: '450 4.2.0 Greylisted, try again later\r\n' }) },
  { name: '451', do: () => ({ text: '451 4.3.0 Temporary lookup failure\r\n' }) },
  { name: '452', do: () => ({ text: '452 4.3.1 Insufficient system storage\r\n' }) },
  { name: 'blocked', do: () => ({ text: '550 5.7.1 Client host blocked using zen.spamhaus.org\r\n' }) },
  // At RCPT it would be the server's own verdict: it tells the refused mailbox from the others.
  { name: '554', stages: BEFORE_RCPT, do: () => ({ text: '554 5.7.1 Rejected by policy\r\n' }) },
  { name: '503', do: () => ({ text: '503 5.5.1 Bad sequence of commands\r\n' }) },
  { name: '354', do: () => ({ text: '354 End data with <CR><LF>.<CR><LF>\r\n' }) },
  { name: 'code of no kind', do: () => ({ text: '999 Ok\r\n' }) },
  { name: 'no mailbox before RCPT', stages: BEFORE_RCPT, do: () => ({ text: NO }) },
];

export type Mood = {
  readonly name: string;
  readonly stage: MoodStage;
  /** Ordinal of the command within its stage, from 0. */
  readonly turn: number;
  readonly act: (reply: string) => Deed;
  readonly offersPipelining: boolean;
  /** Refuses EHLO with 502, as old servers do. */
  readonly isOld: boolean;
  readonly offersStarttls: boolean;
  /** Ends lines with LF alone, and writes no space after codes. */
  readonly isSloppy: boolean;
};

/** The mood of the session with this number. */
export function moodOf(seed: number, session: number): Mood {
  const random = randomOf(seed * 0x9e3779b1 + session);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const act = pick(ACTS);
  return {
    name: act.name,
    stage: pick(act.stages ?? STAGES),
    turn: Math.floor(random() * 3) % 2,
    act: act.do,
    offersPipelining: random() < 0.7,
    isOld: random() < 0.1,
    offersStarttls: random() < 0.1,
    isSloppy: random() < 0.15,
  };
}

/** Pseudo-random numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
