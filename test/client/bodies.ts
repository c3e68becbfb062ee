/** Bodies of responses in chunks of our choice, and a collector of values. */

export function bodyOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

/** The octets of the text, cut at these places: within a character, or within a line end. */
export function cutAt(text: string, cuts: readonly number[]): readonly Uint8Array[] {
  const octets = new TextEncoder().encode(text);
  const places = [0, ...cuts.toSorted((a, b) => a - b), octets.length];
  return places.slice(1).map((end, index) => octets.subarray(places[index], end));
}

export async function collect<T>(values: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
