/**
 * Reads the stream of `Verifier.verifyMany`: bytes of NDJSON, a verdict per line, in the order of completion. Leaving
 * the loop early cancels the stream, and the edge stops its work.
 */

export type Verdict = {
  readonly email: string;
  readonly verdict: 'deliverable' | 'invalid' | 'risky' | 'unknown';
  readonly reason: string;
  readonly did_you_mean: string | null;
};

/** Positions of the address in the given list. */
export type PlacedVerdict = Verdict & { readonly index: readonly number[] };

export async function* readVerdicts(stream: ReadableStream<Uint8Array>): AsyncGenerator<PlacedVerdict> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}
