/** The edge's log during a drill: jobs passed on to another node, and faults of its own. */
import { vi } from 'vitest';

/** `refusals`: a node refused a job or was not there. `faults`: of the edge itself. */
type Heard = { readonly refusals: number; readonly faults: number };

/**
 * Lines are counted instead of shown.
 *
 * @param slow faults of a node that is only slow, on a busy machine: they are no refusals
 */
export function listenToEdge(slow: readonly string[] = ['silent']): {
  readonly heard: () => Heard;
  readonly end: () => Heard;
} {
  const written = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const heard = (): Heard => {
    const lines = written.mock.calls.map(([text]) => String(text));
    const faultsOfNodes = lines.filter((line) => line.includes('"event":"node_fault"'));
    return {
      refusals: faultsOfNodes.filter((line) => !slow.some((fault) => line.includes(`"fault":"${fault}"`))).length,
      faults: lines.filter((line) => line.includes('"event":"fault"')).length,
    };
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
