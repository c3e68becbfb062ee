/** Reads the octets of a request or response body up to a bound, whatever its length header claims. */

/**
 * Octets beyond the bound that are read and dropped: a client that is cut off in the middle of its body may see a
 * broken connection instead of our answer.
 */
const DROPPED_OCTETS_MAX = 8 * 1024 * 1024;

/** The whole body, or null if it has more than `octetsMax`. */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  octetsMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body ?? []) {
    octets += chunk.byteLength;
    if (octets > octetsMax + DROPPED_OCTETS_MAX) return null;
    if (octets <= octetsMax) chunks.push(chunk);
  }
  if (octets > octetsMax) return null;
  const whole = new Uint8Array(octets);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
