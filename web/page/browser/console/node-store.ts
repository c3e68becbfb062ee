/** The nodes as the stream has told them. Listeners learn which have changed. */
import { useEffect, useState } from 'hono/jsx/dom';
import type { NodeEvent, NodeReport } from '../../../../shared/enrolment.ts';

export type NodeStore = ReturnType<typeof createNodeStore>;

/** Told of the ids that have changed. */
type Listener = (changed: ReadonlySet<string>) => void;

export function createNodeStore() {
  const nodes = new Map<string, NodeReport>();
  const listeners = new Set<Listener>();
  const tell = (changed: ReadonlySet<string>): void => {
    for (const listener of listeners) listener(changed);
  };
  /** In order; null once it must be made anew. */
  let sorted: readonly NodeReport[] | null = null;
  const put = (reports: readonly NodeReport[]): void => {
    sorted = null;
    for (const report of reports) nodes.set(report.id, report);
  };
  let parts = new Set<string>();
  return {
    /** By region, then by name. */
    all: (): readonly NodeReport[] => {
      sorted ??= [...nodes.values()].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
      return sorted;
    },
    /** One event may be a part of a batch: listeners are told at the end of the batch. */
    apply: ({ nodes: reports, ids }: NodeEvent): void => {
      put(reports);
      for (const { id } of reports) parts.add(id);
      if (ids === undefined) return;
      const present = new Set(ids);
      for (const id of [...nodes.keys()]) {
        if (present.has(id)) continue;
        nodes.delete(id);
        sorted = null;
        parts.add(id);
      }
      const changed = parts;
      parts = new Set();
      tell(changed);
    },
    put: (report: NodeReport): void => {
      put([report]);
      tell(new Set([report.id]));
    },
    remove: (id: string): void => {
      if (!nodes.delete(id)) return;
      sorted = null;
      tell(new Set([id]));
    },
    listen: (listener: Listener): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Neither name can contain a blank. */
function orderOf({ region, id }: NodeReport): string {
  return `${region} ${id}`;
}

/** Reads the store at each change; the component is drawn again if the result differs as JSON. */
export function useStore<T>(store: NodeStore, read: () => T): T {
  const [text, setText] = useState(() => JSON.stringify(read()));
  useEffect(() => {
    const look = (): void => setText(JSON.stringify(read()));
    look();
    return store.listen(look);
  }, [store]);
  return JSON.parse(text) as T;
}
