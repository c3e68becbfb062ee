/** What a person sees who waits: a line on standard error after a second, which counts and goes away by itself. */
import { widthOf } from './terminal.ts';

const LOOK_MS = 1_000;
const CLEAR_LINE = '\r\u001b[2K';

/** What of a stream matters here. */
export type LifeStream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

/** The work; while it lasts, a terminal shows what is waited for and for how long. */
export async function withSignOfLife<T>(waitingFor: string, work: Promise<T>, stream: LifeStream): Promise<T> {
  if (stream.isTTY !== true) return work;
  let seconds = 0;
  const look = setInterval(() => {
    seconds += 1;
    // A line that is wrapped could not be cleared.
    const line = `Waiting for ${waitingFor} … ${seconds} s`.slice(0, widthOf(stream) - 1);
    stream.write(`${CLEAR_LINE}${line}`);
  }, LOOK_MS);
  try {
    return await work;
  } finally {
    clearInterval(look);
    if (seconds > 0) stream.write(CLEAR_LINE);
  }
}
