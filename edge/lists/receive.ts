/**
 * A file on its way into the bucket: gzip undone, UTF-16 made UTF-8, looked at before the rest has come, and hashed.
 *
 * It is never in memory as a whole: a part at a time goes to the bucket. A body that is no list of rows is refused with the
 * reason as soon as its beginning is there. What a compressed body unfolds to is bounded like any other.
 */
import { createHash } from 'node:crypto';
import { type Detected, type DetectWishes, detect, HEAD_OCTETS, type Layout } from './file/detect.ts';
import { type Encoding, encodingOf } from './file/encoding.ts';
import { type ListBucket, PART_OCTETS, type UploadedPart } from './files.ts';
import { LIST_ROWS_MAX, TOO_MANY_ROWS } from './free-pass.ts';

/** Octets of a file: a million rows of a kilobyte. */
export const FILE_OCTETS_MAX = 1_073_741_824;
const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export type Received =
  | {
      readonly kind: 'received';
      readonly octets: number;
      /** SHA-256 of the file as it lies in the bucket, in base64url. */
      readonly hash: string;
      readonly layout: Layout;
      readonly detected: Detected;
    }
  | {
      readonly kind: 'refused';
      readonly fault: 'media' | 'unreadable' | 'too_large' | 'too_long' | 'no_room';
      readonly detail: string;
    };

/** Room that is left for a file, and the sentence for one that needs more. */
export type Room = { readonly octets: number; readonly detail: string };

/**
 * @param name object that the file becomes; it is not there if the file is refused
 * @param room null if the file's own bound is the only one
 */
export async function receiveFile(
  body: ReadableStream<Uint8Array>,
  wishes: DetectWishes,
  bucket: ListBucket,
  name: string,
  room: Room | null = null,
): Promise<Received> {
  const upload = createUpload(bucket, name);
  try {
    const received = await receive(body, wishes, upload, room);
    if (received.kind === 'refused') await upload.abort();
    return received;
  } catch (error) {
    await upload.abort();
    if (error instanceof DamagedGzip) return { kind: 'refused', fault: 'unreadable', detail: DAMAGED };
    throw error;
  }
}

const DAMAGED = 'The file is compressed with gzip and damaged; compress it again, or send it as it is.';

class DamagedGzip extends Error {}

async function receive(
  body: ReadableStream<Uint8Array>,
  wishes: DetectWishes,
  upload: Upload,
  room: Room | null,
): Promise<Received> {
  const raw = await peek(body, 2);
  const plain = isGzip(raw.head) ? await peek(unzipped(raw.stream), HEAD_OCTETS) : await peek(raw.stream, HEAD_OCTETS);
  const found = encodingOf(plain.head);
  const wide = found.kind === 'found' && found.encoding.startsWith('utf-16') ? found.encoding : null;
  const { head, isWhole, stream } = wide === null ? plain : await peek(inUtf8(plain.stream, wide), HEAD_OCTETS);
  const detection = detect(head, isWhole, wishes);
  if (detection.kind === 'refused') return detection;
  const { layout, detected } = detection;
  const hash = createHash('sha256');
  let octets = 0;
  let lines = 0;
  let isQuoted = false;
  let isEmptyLine = true;
  for await (const chunk of stream) {
    octets += chunk.length;
    if (octets > FILE_OCTETS_MAX) {
      return {
        kind: 'refused',
        fault: 'too_large',
        detail: `A list may have ${FILE_OCTETS_MAX} octets; split the file.`,
      };
    }
    if (room !== null && octets > room.octets) return { kind: 'refused', fault: 'no_room', detail: room.detail };
    // Rows are counted when they are read; a file that has far too many lines need not be sent to its end.
    for (const octet of chunk) {
      if (octet === QUOTE) isQuoted = !isQuoted;
      if (octet !== LINE_FEED && octet !== CARRIAGE_RETURN) isEmptyLine = false;
      else if (!isQuoted && !isEmptyLine) {
        lines += 1;
        isEmptyLine = true;
      }
    }
    if (lines > LIST_ROWS_MAX + OTHER_LINES_MAX) return { kind: 'refused', fault: 'too_long', detail: TOO_MANY_ROWS };
    hash.update(chunk);
    await upload.write(chunk);
  }
  await upload.end();
  const encoding = wide ?? detected.encoding;
  return {
    kind: 'received',
    octets,
    hash: hash.digest('base64url'),
    layout,
    detected: { ...detected, encoding },
  };
}

/** Lines of a file that are no rows: its header and `sep=`; and one in a thousand that a stray quote has cut. */
const OTHER_LINES_MAX = 1_000;

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

async function* unzipped(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = streamOf(stream);
  const inflated = source.pipeThrough(
    new DecompressionStream('gzip') as unknown as ReadableWritablePair<Uint8Array, Uint8Array>,
  );
  try {
    yield* inflated;
  } catch {
    throw new DamagedGzip();
  }
}

async function* inUtf8(stream: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  for await (const chunk of stream) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

type Peeked = {
  readonly head: Uint8Array;
  /** True if there is nothing behind the head. */
  readonly isWhole: boolean;
  /** All of it, the head first. */
  readonly stream: AsyncIterable<Uint8Array>;
};

/** Looks at the first octets of a stream and gives it back whole. */
async function peek(source: AsyncIterable<Uint8Array>, octets: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  while (length < octets) {
    const next = await iterator.next();
    if (next.done === true) {
      isWhole = true;
      break;
    }
    chunks.push(next.value);
    length += next.value.length;
  }
  const head = joined(chunks, length);
  return {
    head: head.subarray(0, octets),
    isWhole: isWhole && head.length <= octets,
    stream: (async function* () {
      yield head;
      while (!isWhole) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield next.value;
      }
    })(),
  };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function streamOf(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

type Upload = {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
  abort(): Promise<void>;
};

/** One object of parts of equal size; a small file is put at once. */
function createUpload(bucket: ListBucket, name: string): Upload {
  const buffer = new Uint8Array(PART_OCTETS);
  let filled = 0;
  let multipart: Awaited<ReturnType<ListBucket['createMultipartUpload']>> | null = null;
  const parts: UploadedPart[] = [];
  const flush = async (): Promise<void> => {
    multipart ??= await bucket.createMultipartUpload(name);
    parts.push(await multipart.uploadPart(parts.length + 1, buffer.subarray(0, filled)));
    filled = 0;
  };
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        const taken = Math.min(PART_OCTETS - filled, chunk.length - at);
        buffer.set(chunk.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled === PART_OCTETS) await flush();
      }
    },
    async end() {
      if (multipart === null) {
        await bucket.put(name, buffer.subarray(0, filled));
        return;
      }
      if (filled > 0) await flush();
      await multipart.complete(parts);
    },
    async abort() {
      await multipart?.abort();
    },
  };
}

/** Addresses of a JSON body as a file of one column, each in quotes: what stands in them may hold commas. */
export function fileOfEmails(emails: readonly string[]): string {
  return `email\r\n${emails.map((email) => `"${email.replaceAll('"', '""')}"\r\n`).join('')}`;
}
