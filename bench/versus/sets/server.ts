/** One odd or hostile server of the behaviour part: its script, its DNS, and the verdicts that are right about one mailbox there. */
import type { Verdict } from '../../../shared/verdict.ts';
import type { DnsAnswer } from '../world/dns.ts';
import { ZONE } from '../world/names.ts';
import type { Script } from '../world/smtp.ts';

type OddHost = {
  /** Name below the domain; the host gets an address of its own. */
  readonly name: string;
  readonly preference: number;
  /** Null: the host cannot be reached. */
  readonly script: Script | null;
};

export type OddServer = {
  readonly id: string;
  readonly group:
    | 'honest'
    | 'not now'
    | 'refuses the asker'
    | 'slow or silent'
    | 'breaks off'
    | 'garbage'
    | 'protocol'
    | 'DNS';
  /** One sentence for the documents. */
  readonly behaviour: string;
  /** Local part that is asked; `ada` exists. */
  readonly localPart: string;
  readonly right: readonly Verdict[];
  /** Not the best answer, but it misleads nobody. Every other verdict is wrong. */
  readonly acceptable: readonly Verdict[];
  readonly hosts: readonly OddHost[];
  /** Answers that replace those of the domain itself, by type. */
  readonly records?: Readonly<Record<string, DnsAnswer>>;
  /** Domain, if it is not `ID.example.org`. */
  readonly domain?: string;
};

type Expected = Pick<OddServer, 'right' | 'acceptable'>;

/** The mailbox exists and the server says so. */
export const EXISTS: Expected = { right: ['deliverable'], acceptable: ['risky', 'unknown'] };
/** The mailbox does not exist and the server says so. */
export const GONE: Expected = { right: ['invalid'], acceptable: ['unknown', 'risky'] };
/** Nothing was said of the mailbox. */
export const UNSAID: Expected = { right: ['unknown', 'risky'], acceptable: [] };

export const ADA = 'ada';
export const NOBODY = 'nobody';

/** A server behind one MX record. */
export function odd(
  group: OddServer['group'],
  id: string,
  behaviour: string,
  localPart: string,
  expected: Expected,
  script: Script,
): OddServer {
  return { id, group, behaviour, localPart, ...expected, hosts: [{ name: 'mx', preference: 10, script }] };
}

export function domainOf({ id, domain }: OddServer): string {
  return domain ?? `${id}.${ZONE}`;
}

export type BehaviourOutcome = 'right' | 'acceptable' | 'wrong' | 'hung';

/** Scores one verdict; null: none came in time, or the peer broke. */
export function scoreBehaviour(server: Expected, verdict: Verdict | null): BehaviourOutcome {
  if (verdict === null) return 'hung';
  if (server.right.includes(verdict)) return 'right';
  return server.acceptable.includes(verdict) ? 'acceptable' : 'wrong';
}
