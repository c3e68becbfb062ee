/** What the edge writes to its log while a drill goes on: jobs passed over to another node, and faults of its own. */
import { vi } from 'vitest';

type Heard = { readonly node_fault: number; readonly fault: number };

/** Lines are counted instead of shown. */
export function listenToEdge(): { readonly heard: () => Heard; readonly end: () => Heard } {
  const written = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const heard = (): Heard => {
    const lines = written.mock.calls.map(([text]) => String(text));
    const count = (event: keyof Heard): number => lines.filter((line) => line.includes(`"event":"${event}"`)).length;
    return { node_fault: count('node_fault'), fault: count('fault') };
  };
  return {
    heard,
    end: () => {
      const all = heard();
      written.mockRestore();
      return all;
    },
  };
}
