/** Server-sent events of a response, by the HTML standard §9.2.6. An event that is cut off at the end is none. */
import { LINE_LENGTH_MAX, readLines } from './read-lines.ts';
import { VrfyError } from './vrfy-error.ts';

export type ServerEvent = {
  readonly event: string;
  readonly data: string;
  /** The last one that was given, or '' if none was. */
  readonly id: string;
};

/** @param onLine told of each line, comments among them: a sign of life */
export async function* readEvents(
  body: ReadableStream<Uint8Array> | null,
  onLine: () => void = () => {},
): AsyncGenerator<ServerEvent, void, undefined> {
  let event = '';
  let data: string[] = [];
  let length = 0;
  let id = '';
  for await (const line of readLines(body)) {
    onLine();
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n'), id };
      event = '';
      data = [];
      length = 0;
      continue;
    }
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') data.push(value);
    else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
    length += value.length;
    if (length > LINE_LENGTH_MAX) throw new VrfyError('bad_answer', 'An event of the answer is too long.');
  }
}
