/** Fetches the rows of a list and answers what the page wants to see of them, away from the page's own thread. */
import { createClient } from '../../../client/vrfy-client.ts';
import { createRowStore } from './lists/row-store.ts';

export type RowQuestion = { readonly id: number } & (
  | { readonly kind: 'load'; readonly list: string; readonly key: string | undefined }
  | { readonly kind: 'find'; readonly verdict: string; readonly text: string }
  | { readonly kind: 'read'; readonly first: number; readonly length: number }
);

const store = createRowStore();

self.addEventListener('message', async ({ data }: MessageEvent<RowQuestion>) => {
  try {
    self.postMessage({ id: data.id, value: await answer(data) });
  } catch (error) {
    self.postMessage({ id: data.id, fault: error instanceof Error ? error.message : 'The rows could not be read.' });
  }
});

async function answer(question: RowQuestion): Promise<unknown> {
  switch (question.kind) {
    case 'load':
      return load(question.list, question.key);
    case 'find':
      return store.find(question.verdict, question.text);
    case 'read':
      return store.read(question.first, question.length);
  }
}

async function load(list: string, key: string | undefined): Promise<number> {
  const { lists } = createClient({ edge: self.location.origin, key });
  for await (const row of lists.rows(list)) {
    store.add({
      number: Number(row['row']),
      address: textOf(row['email']),
      verdict: textOf(row['verdict']),
      reason: textOf(row['reason']),
      meant: textOf(row['did_you_mean']),
    });
  }
  return store.count();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
