import { createClient, type ListStatus, type WantedRows } from '../../../../client/vrfy-client.ts';
import { storedKey } from '../stored-key.ts';

/** Milliseconds until the memory of a download is given back. */
const KEPT_MS = 60_000;

/** Downloads the results as a file. The key travels in a header, so the browser cannot do it by a link. */
export async function saveResults({ id, name }: ListStatus, { verdict, duplicates }: WantedRows): Promise<void> {
  const { lists } = createClient({ edge: location.origin, key: storedKey() });
  const rows = await new Response(await lists.results(id, { verdict, duplicates })).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(rows);
  const rest = duplicates === 'drop' ? '.once' : '';
  link.download = `${(name ?? 'list').replace(/\.[^.]*$/, '')}.${verdict?.join('-') ?? 'checked'}${rest}.csv`;
  link.click();
  // Some browsers begin to read it only after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
