/**
 * Progress for a person: after a second of waiting, a line on standard error counts the seconds and then disappears.
 */
import { widthOf } from './terminal.ts';

const LOOK_MS = 1_000;
const CLEAR_LINE = '\r\u001b[2K';

/** The part of a stream that is used here. */
export type LifeStream = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

/** Awaits the work; meanwhile a terminal shows its name and the seconds so far. */
export async function withSignOfLife<T>(waitingFor: string, work: Promise<T>, stream: LifeStream): Promise<T> {
  if (stream.isTTY !== true) return work;
  let seconds = 0;
  const look = setInterval(() => {
    seconds += 1;
    // Cut to the width: a wrapped line could not be cleared.
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
