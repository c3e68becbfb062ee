/**
 * Values as an NDJSON stream, one line each as soon as it is ready.
 *
 * It is a byte stream, since only those pass from one Worker to another. If the reader stops, the work ends. A Worker
 * notices a hang-up only when it writes, so that a space goes out every second: before a value it is part of its JSON
 * (RFC 8259 §2), and a reader of lines never sees it.
 */

/** Milliseconds between two spaces. */
const SIGN_MS = 1_000;

/** @param work yields the values; its end ends the stream, its fault breaks the stream off */
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
      // Lines are buffered for a slow reader: there are as many as the work has values, which its caller bounds.
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
