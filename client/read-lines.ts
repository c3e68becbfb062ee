/**
 * Lines of a response as they come. A line ends with LF, CR LF or CR, at any place of a chunk; the text after the last end is
 * the last line.
 */
import { VrfyError } from './vrfy-error.ts';

/** Characters of one line; a verdict has some 2,000. */
export const LINE_LENGTH_MAX = 1_048_576;

/** Leaving the loop early cancels the response. */
export async function* readLines(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string, void, undefined> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let isOver = reader === undefined; !isOver; ) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      isOver = done;
      const piece = decoder.decode(value, { stream: !done });
      // A CR at the end may be half of an end.
      const lines = (rest + piece).split(isOver ? /\r\n|\n|\r/ : /\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      if (rest.length > LINE_LENGTH_MAX) throw new VrfyError('bad_answer', 'A line of the answer is too long.');
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    // Not awaited: a fetch that was aborted may never tell.
    reader?.cancel().catch(() => {});
  }
}
