import type { RowQuestion } from '../rows-worker.ts';
import { storedKey } from '../stored-key.ts';
import type { Row } from './row-store.ts';

export type { Row } from './row-store.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
type RowAnswer = { readonly id: number; readonly value?: unknown; readonly fault?: string };

export type RowSource = {
  /** Resolves with the count of rows as soon as all are there. */
  readonly ready: Promise<number>;
  find(verdict: string, text: string): Promise<number>;
  read(first: number, length: number): Promise<readonly Row[]>;
  close(): void;
};

/** The rows of a list, held by a worker. */
export function openRows(list: string): RowSource {
  const worker = new Worker(document.querySelector<HTMLMetaElement>('meta[name="rows-worker"]')?.content ?? '', {
    type: 'module',
  });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  worker.addEventListener('message', ({ data: { id, value, fault } }: MessageEvent<RowAnswer>) => {
    const asked = open.get(id);
    open.delete(id);
    if (fault === undefined) asked?.resolve(value);
    else asked?.reject(new Error(fault));
  });

  function ask<T>(question: Unnumbered<RowQuestion>): Promise<T> {
    const asked = Promise.withResolvers<unknown>();
    last += 1;
    open.set(last, asked);
    worker.postMessage({ ...question, id: last });
    return asked.promise as Promise<T>;
  }

  return {
    ready: ask<number>({ kind: 'load', list, key: storedKey() }),
    find: (verdict, text) => ask({ kind: 'find', verdict, text }),
    read: (first, length) => ask({ kind: 'read', first, length }),
    close: () => worker.terminate(),
  };
}
