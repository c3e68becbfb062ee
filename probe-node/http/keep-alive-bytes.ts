/**
 * Keep-alive bytes in a stream of evidence: a space in every KEEP_ALIVE_SECONDS without a line. JSON allows it before a
 * line (RFC 8259 §2), and it shows the edge that the node is still there while a mail server is silent.
 */
import { KEEP_ALIVE_SECONDS } from '../../shared/job.ts';

const SPACE = new TextEncoder().encode(' ');

/** The same stream, never silent for long. Cancelling it cancels the source. */
export function withKeepAlive(evidence: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = evidence.getReader();
  let timer: NodeJS.Timeout;
  let isCancelled = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(SPACE), KEEP_ALIVE_SECONDS * 1000);
    },
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (isCancelled) return;
        if (!done) {
          timer.refresh();
          return controller.enqueue(value);
        }
        clearInterval(timer);
        controller.close();
      } catch (error) {
        clearInterval(timer);
        throw error;
      }
    },
    async cancel(reason) {
      isCancelled = true;
      clearInterval(timer);
      await reader.cancel(reason);
    },
  });
}
