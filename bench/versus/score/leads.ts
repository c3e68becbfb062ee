/** Columns in which this project is not the best, with the reason for each that is known. */
import { spreadOf } from '../../figure.ts';
import { VRFY } from '../peers/own.ts';
import { CASES, type PeerResults, type Results } from '../run/results.ts';
import { readReplies } from '../sets/replies.ts';
import { SERVERS } from '../sets/servers.ts';
import { tallyBehaviour, tallyHonesty } from './tally.ts';

type Column = {
  readonly name: string;
  readonly best: 'least' | 'most';
  /** Null if the part was not run, or the figure cannot be compared for this peer. */
  readonly figure: (peer: PeerResults) => number | null;
  /** Differences up to this share of the best are none: the spread of the measurement. */
  readonly tolerance?: number;
};

const REPLIES = readReplies();

const COLUMNS: readonly Column[] = [
  ...(
    [
      ['false invalid', 'least', 'falseInvalid'],
      ['false deliverable', 'least', 'falseDeliverable'],
      ['right replies', 'most', 'right'],
      ['replies neither right nor false', 'least', 'neither'],
    ] as const
  ).map(
    ([name, best, key]): Column => ({
      name,
      best,
      figure: ({ honesty }) => (honesty === null ? null : tallyHonesty(honesty, REPLIES)[key].count),
    }),
  ),
  ...(
    [
      ['right about servers', 'most', 'right'],
      ['wrong about servers', 'least', 'wrong'],
      ['hung', 'least', 'hung'],
    ] as const
  ).map(
    ([name, best, key]): Column => ({
      name,
      best,
      figure: ({ behaviour }) => (behaviour === null ? null : tallyBehaviour(behaviour, SERVERS)[key].count),
    }),
  ),
  ...(
    [
      ['spoke early', 'spoke_early'],
      ['spoke out of turn', 'out_of_turn'],
      ['sent DATA', 'sent_data'],
    ] as const
  ).map(
    ([name, key]): Column => ({
      name,
      best: 'least',
      figure: ({ behaviour }) => behaviour?.[key].length ?? null,
    }),
  ),
  { name: 'connections to its own machine', best: 'least', figure: ({ behaviour }) => behaviour?.own_machine ?? null },
  ...CASES.map(
    (name): Column => ({
      name: `round trips: ${name.replaceAll('_', ' ')}`,
      best: 'least',
      tolerance: 0.05,
      figure: ({ cost }) => (cost === null ? null : spreadOf(cost.round_trips[name]).median),
    }),
  ),
  {
    name: 'connections',
    best: 'least',
    figure: ({ cost }) => (cost === null ? null : spreadOf(cost.connections).median),
  },
  {
    name: 'addresses a second',
    best: 'most',
    tolerance: 0.05,
    figure: ({ cost }) => (cost === null ? null : spreadOf(cost.per_second).median),
  },
];

export type NotLed = {
  readonly column: string;
  readonly ours: number;
  /** The verifiers that are better, the best first. */
  readonly better: readonly { readonly id: string; readonly theirs: number }[];
};

/** Columns in which another verifier is better by more than the tolerance. */
export function notLed({ peers }: Results): readonly NotLed[] {
  const own = peers.find(({ id }) => id === VRFY.id);
  return COLUMNS.flatMap(({ name, best, figure, tolerance = 0 }) => {
    const ours = own === undefined ? null : figure(own);
    if (ours === null) return [];
    const isBetter = (theirs: number): boolean =>
      best === 'least' ? theirs < ours * (1 - tolerance) : theirs > ours * (1 + tolerance);
    const better = peers
      .map((peer) => ({ id: peer.id, theirs: figure(peer) }))
      .filter((each): each is { id: string; theirs: number } => each.theirs !== null && isBetter(each.theirs))
      .sort((a, b) => (best === 'least' ? a.theirs - b.theirs : b.theirs - a.theirs));
    return better.length === 0 ? [] : [{ column: name, ours, better }];
  });
}

const ALL_AT_ONCE =
  'Four are as few as a client can have that waits to be greeted: connection, greeting, EHLO, and one group of commands; what is within the spread of the samples is the work of the machine. email-exists writes HELO, MAIL, RCPT and QUIT as soon as it is connected, before the greeting has come. Servers that look for this (postscreen, Exim) refuse such a client; the columns on conduct count it.';

const REASONS: Readonly<Record<string, string>> = {
  'round trips: existing': ALL_AT_ONCE,
  'round trips: unknown': ALL_AT_ONCE,
  'round trips: catch all': ALL_AT_ONCE,
  'addresses a second':
    'An answer of vrfy passes through the edge in workerd below a development server, which keeps its memory in a process of its own, then as a signed request to a node; the packages from npm are called as a function in one process, keep nothing, and learn nothing of catch-all domains. It is what a user of `npm start` gets. `npm run bench` measures the node alone and the built worker without the development server.',
};

/** The known reason, or the statement that there is none. */
export function explain(column: string): string {
  return REASONS[column] ?? 'No reason is known; it is a fault until one is.';
}
