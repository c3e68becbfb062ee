/**
 * Ports of the work on a list: its store, its bytes, its keys, and the checks of addresses. Types only.
 */
import type { Address, ParsedAddress } from '../../shared/address.ts';
import type { Answer } from '../../shared/answer.ts';
import type { Reason } from '../../shared/verdict.ts';
import type { ListBucket } from './files.ts';
import type { RowKeys } from './list-key.ts';
import type { ListPayer, ListStore } from './list-record.ts';

/** What one address tells of its whole domain, without memory and without a probe. */
export type DomainFinding = {
  /** A verdict that holds for each address of the domain, or null. */
  readonly reason: Reason | null;
  readonly provider: string | null;
};

export type RememberedFinding = { readonly reason: Reason; readonly atMs: number };

export type CheckWishes = {
  readonly payer: ListPayer;
  readonly recheck: { readonly node: string; readonly attempt: number } | null;
};

/** Asks about addresses in an invocation of its own, with bounds of its own. */
export type ListChecks = {
  /** One address of each domain in, its finding about the domain out, in the same order. */
  survey(emails: readonly string[]): Promise<readonly DomainFinding[]>;
  /** Verdicts that are remembered and may still be used. */
  recall(emails: readonly string[]): Promise<readonly (RememberedFinding | null)[]>;
  /** NDJSON of answers, each with its places in the list of addresses. */
  check(emails: readonly string[], wishes: CheckWishes): Promise<ReadableStream<Uint8Array>>;
};

/** Known without a question to anybody. */
export type LocalChecks = {
  readonly verdictOf: (address: Address) => Reason | null;
  readonly suggestionFor: (text: string, parsed: ParsedAddress) => string | null;
};

export type ListWork = {
  readonly store: ListStore;
  readonly bucket: ListBucket;
  readonly keys: RowKeys;
  readonly local: LocalChecks;
  readonly checks: ListChecks;
  readonly nowMs: () => number;
  /** Lets forms and other requests to the object in between two pieces of work. */
  readonly giveWay: () => Promise<void>;
  /** Lets forms in between, but waits for no turn: before a write that must not be late. */
  readonly standBack: () => Promise<void>;
};

export type CheckedAnswer = Pick<Answer, 'reason' | 'retry_after' | 'checked_at' | 'cached' | 'smtp'> & {
  readonly index: readonly number[];
};
