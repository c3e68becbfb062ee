/** `vrfy lists ...`: shows, cancels and deletes the lists of a key. */
import type { ListStatus } from '../../client/api-types.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { type ClientOptions, withClient } from '../client.ts';
import { toJsonLine, visible } from '../visible.ts';
import { listTable } from './list-text.ts';

type Options = ClientOptions & { readonly json?: true | undefined };

export async function showLists(options: Options): Promise<number> {
  const lists = await withClient(options, async (client) => {
    const all: ListStatus[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof client.lists.list>> = await client.lists.list({
        cursor: cursor ?? undefined,
      });
      all.push(...page.lists);
      cursor = page.cursor;
    } while (cursor !== null);
    return all;
  });
  process.stdout.write(options.json ? lists.map(toJsonLine).join('') : listTable(lists));
  return EXIT.fine;
}

export async function cancelListOf(id: string, options: Options): Promise<number> {
  const status = await withClient(options, (client) => client.lists.cancel(id));
  process.stdout.write(
    options.json
      ? toJsonLine(status)
      : `List ${visible(id)} is cancelled; what is known of it stays until ${status.expires_at.slice(0, 10)}\n`,
  );
  return EXIT.fine;
}

export async function deleteListOf(id: string, options: Options): Promise<number> {
  await withClient(options, (client) => client.lists.delete(id));
  process.stdout.write(options.json ? toJsonLine({ id, deleted: true }) : `List ${visible(id)} is deleted\n`);
  return EXIT.fine;
}
