/**
 * The octets of a request or response body, read no further than a bound, whatever its length header claims.
 */

/** The body whole, or null where it has more than `octetsMax`; then the rest is not read. */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  octetsMax: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of body ?? []) {
    octets += chunk.byteLength;
    if (octets > octetsMax) return null;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(octets);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
