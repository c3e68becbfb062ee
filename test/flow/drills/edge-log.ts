/** What the edge writes to its log while a drill goes on: jobs passed over to another node, and faults of its own. */
import { vi } from 'vitest';

type Heard = { readonly node_fault: number; readonly fault: number };

export function listenToEdge(): { readonly end: () => Heard } {
  const written = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  return {
    end: () => {
      const lines = written.mock.calls.map(([text]) => String(text));
      written.mockRestore();
      const count = (event: keyof Heard): number => lines.filter((line) => line.includes(`"event":"${event}"`)).length;
      return { node_fault: count('node_fault'), fault: count('fault') };
    },
  };
}
