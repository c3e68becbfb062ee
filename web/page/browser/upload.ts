import type { Lists } from '../../../client/vrfy-client.ts';
import type { Look } from './look.ts';
import { begunUpload, isSameFile, noteUpload, rememberList } from './remembered-lists.ts';

export type Progress = { readonly sent: number; readonly total: number };
type Wishes = { readonly look: Look; readonly isFreeFirst: boolean };

/** As the interface has it: octets of each part but the last. */
const PART_OCTETS = 8 * 1024 * 1024;

/** Uploads a file in parts and resolves with the id of its list. An upload that was begun goes on with the parts that lack. */
export async function upload(
  lists: Lists,
  file: File,
  { look, isFreeFirst }: Wishes,
  tell: (progress: Progress) => void,
): Promise<string> {
  const begun = begunUpload();
  const isResumed = begun !== null && isSameFile(begun, file);
  const id = isResumed ? begun.id : await openList(lists, file, look, isFreeFirst);
  const present = isResumed ? await presentParts(lists, id) : new Set<number>();
  const parts = Math.max(1, Math.ceil(file.size / PART_OCTETS));
  for (let part = 1; part <= parts; part += 1) {
    const from = (part - 1) * PART_OCTETS;
    if (!present.has(part)) await lists.putPart(id, part, file.slice(from, from + PART_OCTETS), { timeoutMs: 600_000 });
    tell({ sent: Math.min(file.size, from + PART_OCTETS), total: file.size });
  }
  await lists.complete(id);
  noteUpload(null);
  return id;
}

async function openList(lists: Lists, file: File, look: Look, isFreeFirst: boolean): Promise<string> {
  const { id } = await lists.open({
    type: look.delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv',
    name: file.name,
    column: look.column + 1,
    header: look.hasHeader ? 'yes' : 'no',
    start: isFreeFirst ? 'manual' : 'auto',
  });
  rememberList({ id, name: file.name, createdAt: new Date().toISOString() });
  noteUpload({ id, name: file.name, size: file.size, modified: file.lastModified });
  return id;
}

async function presentParts(lists: Lists, id: string): Promise<ReadonlySet<number>> {
  const { parts } = await lists.get(id);
  return new Set(Array.isArray(parts) ? parts.filter((part) => typeof part === 'number') : []);
}
