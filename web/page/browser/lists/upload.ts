import { type Lists, VrfyError } from '../../../../client/vrfy-client.ts';
import { keepFile } from '../kept-file.ts';
import type { Look } from './look.ts';
import { type BegunUpload, noteUpload, rememberList } from './remembered-lists.ts';

export type Progress = { readonly sent: number; readonly total: number };
export type UploadWishes = { readonly look: Look; readonly isFreeFirst: boolean };

/** As the interface has it: octets of each part but the last. */
const PART_OCTETS = 8 * 1024 * 1024;
/** Milliseconds for one part, on a slow line. */
const PART_MS = 600_000;

/** Opens a list for a file. Nothing of the file is sent. */
export async function beginUpload(lists: Lists, file: File, { look, isFreeFirst }: UploadWishes): Promise<BegunUpload> {
  const { id } = await lists.open({
    type: look.delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv',
    name: file.name,
    column: look.column + 1,
    header: look.hasHeader ? 'yes' : 'no',
    start: isFreeFirst ? 'manual' : 'auto',
  });
  const begun = { id, name: file.name, size: file.size, modified: file.lastModified };
  rememberList({ id, name: file.name, createdAt: new Date().toISOString() });
  noteUpload(begun);
  await keepFile(file);
  return begun;
}

/** Uploads the parts that lack. Does nothing for a list that has all of them. */
export async function goOn(
  lists: Lists,
  { id }: BegunUpload,
  file: File,
  tell: (progress: Progress) => void,
): Promise<void> {
  const status = await lists.get(id);
  if (status.state === 'receiving') {
    const present = new Set<unknown>(Array.isArray(status.parts) ? status.parts : []);
    const parts = Math.max(1, Math.ceil(file.size / PART_OCTETS));
    for (let part = 1; part <= parts; part += 1) {
      const from = (part - 1) * PART_OCTETS;
      if (!present.has(part)) {
        await lists.putPart(id, part, file.slice(from, from + PART_OCTETS), { timeoutMs: PART_MS });
      }
      tell({ sent: Math.min(file.size, from + PART_OCTETS), total: file.size });
    }
    await lists.complete(id, { timeoutMs: PART_MS });
  }
  await endUpload();
}

/** Forgets the upload, and the file that was kept for it. */
export async function endUpload(): Promise<void> {
  noteUpload(null);
  await keepFile(null);
}

/** True if the list of an upload is gone, so that there is nothing to go on with. */
export function isGone(error: unknown): boolean {
  return error instanceof VrfyError && (error.status === 404 || error.status === 410);
}
