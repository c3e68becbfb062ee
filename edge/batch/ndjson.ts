/**
 * Values as a stream of NDJSON, a line each as soon as it is there.
 *
 * A byte stream, since only those pass from one Worker to another. Whoever stops reading ends the work. A Worker notices
 * that a client has hung up when it writes, so that a space goes out every second: before a value it is part of its JSON
 * (RFC 8259 §2), and no reader of lines ever sees it.
 */

/** Milliseconds from one space to the next. */
const SIGN_MS = 1_000;

/** @param work says values one after the other; its end is the end of the stream, its fault breaks the stream off */
export function ndjsonStream(
  work: (say: (value: unknown) => void, signal: AbortSignal) => Promise<void>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  const encoder = new TextEncoder();
  let signs: ReturnType<typeof setInterval>;
  return new ReadableStream<Uint8Array>({
    type: 'bytes',
    start(controller) {
      const write = (text: string): void => controller.enqueue(encoder.encode(text));
      // Lines wait for a slow reader: there are as many as the work has values, which is bounded where it is given.
      const say = (value: unknown): void => {
        if (!gone.signal.aborted) write(`${JSON.stringify(value)}\n`);
      };
      signs = setInterval(() => write(' '), SIGN_MS);
      work(say, gone.signal)
        .finally(() => clearInterval(signs))
        .then(
          () => gone.signal.aborted || controller.close(),
          (error) => gone.signal.aborted || controller.error(error),
        );
    },
    cancel() {
      clearInterval(signs);
      gone.abort();
    },
  });
}
