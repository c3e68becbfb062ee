/**
 * Calls that the rest of the edge may make to a list, and their answers. Types only: the object of a list (objects/list-object.ts)
 * has these methods, and list-service.ts does what they say.
 */
import type { Reason } from '../../shared/verdict.ts';
import type { Encoding } from './file/encoding.ts';
import type { ListPayer, ListRecord } from './list-record.ts';
import type { ResultWishes } from './render-slice.ts';
import type { ListSummary } from './summary.ts';
import type { Delivery, DeliveryOutcome } from './webhooks/delivery.ts';

/** What a list is made with. */
export type NewList = Pick<ListRecord, 'id' | 'owner' | 'dedupe' | 'start' | 'onQuota' | 'bodyHash' | 'detect'> & {
  readonly payer: ListPayer;
  readonly retentionDays: number;
  readonly name: string | null;
  readonly webhook: string | null;
  /** Signs the webhooks of a list that was made without a key; null if a key does. */
  readonly webhookSecret: string | null;
  /** The file, or null for one that comes in parts. */
  readonly file: ListFile | null;
};

export type ListFile = Pick<ListRecord, 'source' | 'octets' | 'layout'>;

/** `another`: there is a list of this id that was made of something else. */
type MadeList = {
  readonly outcome: 'made' | 'known' | 'another';
  /** Object of the file that the list has. */
  readonly source: string;
  readonly createdAtMs: number;
  readonly webhookSecret: string | null;
};

/** What results are made of. */
export type ListOutline = {
  readonly slices: number;
  readonly encoding: Encoding | null;
  readonly detect: ListRecord['detect'];
};

export type ListAct = 'done' | 'missing' | 'wrong_state';

/** Where the merged results lie: names and octets, in order. */
export type MergedResults = {
  readonly names: readonly string[];
  readonly octets: readonly number[];
  readonly tag: string;
};

/** `given`: that of the wishes, for the next slice; a call to an object copies it. */
type SliceResults = { readonly octets: Uint8Array<ArrayBuffer> } & Pick<ResultWishes, 'given'>;

export type ListApi = {
  make(list: NewList): Promise<MadeList>;
  /** Gives a list that came in parts its file. */
  complete(file: ListFile): Promise<ListAct>;
  owner(): Promise<string | null>;
  summary(kept: readonly Reason[]): Promise<ListSummary | null>;
  start(): Promise<ListAct>;
  cancel(): Promise<ListAct>;
  remove(): Promise<ListAct>;
  outline(): Promise<ListOutline | null>;
  slice(number: number, wishes: ResultWishes): Promise<SliceResults | null>;
  merged(): Promise<MergedResults | null>;
};

/** One attempt to tell a webhook, signed by the secrets of the key that pays, or by the list's own. */
export type TellWebhook = (
  event: Omit<Delivery, 'secrets'>,
  signer: { readonly payer: ListPayer; readonly ownSecret: string | null },
) => Promise<DeliveryOutcome>;
