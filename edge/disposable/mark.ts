/**
 * An operator's own marks on domains: `disposable`, or `allow`, which overrides every list.
 *
 * One KV key per mark, so that two operators cannot undo each other's work. The mark is in the key's metadata, so that
 * one listing returns all of them without a read for each. A mark covers every name below its domain as well. Key
 * shapes are listed in docs/STORAGE.md. A store that fails throws: the operator must hear of it.
 */
import * as z from 'zod';

export const MARKS = ['disposable', 'allow'] as const;
export type Mark = (typeof MARKS)[number];

const PREFIX = 'm1:';
/** Names per page of a listing: the most that KV returns at once. */
const PAGE_MAX = 1000;
/** Marks that an isolate holds: for more, a list of the operator's own (DISPOSABLE_LIST_URLS) is the better place. */
const MARKS_MAX = 10_000;

/** The part of a KV namespace that is used here. */
export type MarkStore = {
  put(key: string, value: string, options: { metadata: unknown }): Promise<void>;
  delete(key: string): Promise<void>;
  getWithMetadata(key: string): Promise<{ readonly value: string | null; readonly metadata: unknown }>;
  list(options: { prefix: string; limit: number; cursor?: string | null }): Promise<{
    readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
    readonly list_complete: boolean;
    readonly cursor?: string;
  }>;
};

const noteSchema = z.object({ mark: z.enum(MARKS), marked_at: z.iso.datetime() });

/** A mark as the operator sees it. */
export const markedDomainSchema = noteSchema.extend({
  domain: z.string().meta({ description: 'In lower-case A-labels; names below it are marked with it' }),
});
export type MarkedDomain = z.infer<typeof markedDomainSchema>;

export type MarkPage = { readonly domains: readonly MarkedDomain[]; readonly cursor: string | null };

export async function getMark(store: MarkStore, domain: string): Promise<MarkedDomain | null> {
  const { value, metadata } = await store.getWithMetadata(PREFIX + domain);
  return value === null ? null : markedDomain(domain, metadata);
}

/** Marks the domain, replacing an earlier mark. */
export async function putMark(store: MarkStore, domain: string, mark: Mark, nowMs: number): Promise<MarkedDomain> {
  const note = { mark, marked_at: new Date(nowMs).toISOString() };
  await store.put(PREFIX + domain, mark, { metadata: note });
  return { domain, ...note };
}

/** Removes the mark. False if there was none. */
export async function deleteMark(store: MarkStore, domain: string): Promise<boolean> {
  if ((await getMark(store, domain)) === null) return false;
  await store.delete(PREFIX + domain);
  return true;
}

/** One page of all marks, sorted by name. */
export async function listMarks(store: Pick<MarkStore, 'list'>, cursor: string | null): Promise<MarkPage> {
  const page = await store.list({ prefix: PREFIX, limit: PAGE_MAX, cursor });
  const domains = page.keys
    .map(({ name, metadata }) => markedDomain(name.slice(PREFIX.length), metadata))
    .filter((marked) => marked !== null);
  return { domains, cursor: page.list_complete ? null : (page.cursor ?? null) };
}

/** All marks, up to the bound of an isolate. */
export async function allMarks(store: Pick<MarkStore, 'list'>): Promise<readonly MarkedDomain[]> {
  const marks: MarkedDomain[] = [];
  let cursor: string | null = null;
  do {
    const page: MarkPage = await listMarks(store, cursor);
    marks.push(...page.domains);
    cursor = page.cursor;
  } while (cursor !== null && marks.length < MARKS_MAX);
  return marks;
}

/** Null for a value that this project did not write. */
function markedDomain(domain: string, metadata: unknown): MarkedDomain | null {
  const note = noteSchema.safeParse(metadata);
  return note.success ? { domain, ...note.data } : null;
}
