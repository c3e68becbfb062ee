/** Reads addresses, one per line, from a file or a pipe. */
import { createInterface } from 'node:readline';

/**
 * Skips blank lines and lines that begin with `#`; drops a byte order mark and the CR of Windows. Ends early on the
 * signal.
 */
export async function* readAddressLines(input: NodeJS.ReadableStream, signal: AbortSignal): AsyncGenerator<string> {
  for await (const line of createInterface({ input, signal, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = line.replace(/^\ufeff/, '').trim();
    if (text !== '' && !text.startsWith('#')) yield text;
  }
}
