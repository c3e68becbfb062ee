/**
 * A worker that breaks each limit of the platform on demand, by its path, and says how far it came. It is uploaded as the
 * edge is. `?n=` is a number, `?url=` an address that answers late.
 */
import { DurableObject, WorkerEntrypoint, waitUntil } from 'cloudflare:workers';

type Env = {
  readonly MEMORY: {
    get(key: string): Promise<string | null>;
    put(key: string, value: string): Promise<void>;
  };
  readonly RECHECKS: { send(body: string, options: { delaySeconds: number }): Promise<void> };
  readonly COUNTERS: { getByName(name: string): Counter };
};

type Counter = {
  add(): Promise<number>;
  alarms(): Promise<number>;
  wake(): Promise<void>;
  read(): Promise<{ readonly octets: number; readonly error: string | null }>;
};

/** A stream that no single read takes. */
const STREAM_CHUNKS = 64;
const CHUNK_OCTETS = 4_096;

/** Called by an object, as another Worker would be. */
export class Pages extends WorkerEntrypoint<Env> {
  async open(): Promise<ReadableStream<Uint8Array>> {
    let sent = 0;
    return new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(CHUNK_OCTETS));
        if (sent === STREAM_CHUNKS) controller.close();
      },
    });
  }
}

let requests = 0;
const delivered: string[] = [];

export class CounterObject extends DurableObject<Env> implements Counter {
  #count = 0;
  #alarms = 0;

  async add(): Promise<number> {
    this.#count += 1;
    return this.#count;
  }

  async alarms(): Promise<number> {
    return this.#alarms;
  }

  async wake(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now());
  }

  async alarm(): Promise<void> {
    this.#alarms += 1;
  }

  async read(): Promise<{ readonly octets: number; readonly error: string | null }> {
    const pages = this.ctx.exports['Pages']?.({}) as Pick<Pages, 'open'>;
    let octets = 0;
    try {
      for await (const chunk of await pages.open()) octets += chunk.length;
      return { octets, error: null };
    } catch (error) {
      return { octets, error: String(error) };
    }
  }
}

const CACHED = 'https://cache.test/x';
const sharedCache = (): Cache => (caches as unknown as { default: Cache }).default;
const cached = async (): Promise<string | null> => (await (await sharedCache().match(CACHED))?.text()) ?? null;

type Act = (env: Env, query: URLSearchParams) => Promise<unknown>;

const ACTS: Readonly<Record<string, Act>> = {
  /** Requests that are out at once; the server at the address sees how many. */
  async connections(_, query) {
    const url = query.get('url') ?? '';
    const answers = await Promise.all(Array.from({ length: Number(query.get('n')) }, () => fetch(url)));
    return answers.length;
  },
  async subrequests({ MEMORY }, query) {
    let made = 0;
    try {
      for (; made < Number(query.get('n')); made += 1) await MEMORY.get('nothing');
      return { made, error: null };
    } catch (error) {
      return { made, error: String(error) };
    }
  },
  /** Goes on after the answer: the key is there if it was let. */
  async late({ MEMORY }, query) {
    const work = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, Number(query.get('n'))));
      await MEMORY.put(query.get('key') ?? '', 'late');
    };
    waitUntil(work());
    return 'answered';
  },
  /** Milliseconds that the clock shows for a loop which takes some. */
  async clock() {
    const startMs = Date.now();
    let sum = 0;
    for (let turn = 0; turn < 30_000_000; turn += 1) sum += turn % 7;
    const spun = Date.now() - startMs;
    await new Promise((resolve) => setTimeout(resolve, 1));
    return { spun, afterIo: Date.now() - startMs, dated: Date.parse(new Date().toISOString()) - startMs, sum };
  },
  async state() {
    requests += 1;
    return requests;
  },
  async write({ MEMORY }, query) {
    const outcomes: string[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      await MEMORY.put(query.get('key') ?? '', String(turn)).then(
        () => outcomes.push('written'),
        (error: unknown) => outcomes.push(String(error)),
      );
    }
    return outcomes;
  },
  async put({ MEMORY }, query) {
    await MEMORY.put(query.get('key') ?? '', 'there');
    return MEMORY.get(query.get('key') ?? '');
  },
  get: ({ MEMORY }, query) => MEMORY.get(query.get('key') ?? ''),
  /** Writes to the cache and reads it. */
  async cache() {
    await sharedCache().put(CACHED, new Response('kept', { headers: { 'cache-control': 'max-age=60' } }));
    return cached();
  },
  cached,
  async send({ RECHECKS }, query) {
    for (let at = 0; at < Number(query.get('n')); at += 1) await RECHECKS.send(`message ${at}`, { delaySeconds: 0 });
    return null;
  },
  async add({ COUNTERS }, query) {
    const startMs = Date.now();
    const counter = COUNTERS.getByName(query.get('key') ?? '');
    const count = await counter.add().catch(String);
    return { count, ms: Date.now() - startMs };
  },
  /** Two calls over one stub. */
  async addTwice({ COUNTERS }, query) {
    const counter = COUNTERS.getByName(query.get('key') ?? '');
    return [await counter.add().catch(String), await counter.add().catch(String)];
  },
  async wake({ COUNTERS }, query) {
    await COUNTERS.getByName(query.get('key') ?? '').wake();
    return null;
  },
  read: ({ COUNTERS }) => COUNTERS.getByName('reader').read(),
  alarms: ({ COUNTERS }, query) => COUNTERS.getByName(query.get('key') ?? '').alarms(),
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    return Response.json((await ACTS[pathname.slice(1)]?.(env, searchParams)) ?? null);
  },
  async queue({ messages }: { readonly messages: readonly { readonly body: string; ack(): void }[] }, { MEMORY }: Env) {
    for (const { body, ack } of messages) {
      delivered.push(body);
      ack();
    }
    // A name for each batch: writes to one key are paced.
    await MEMORY.put(`batch-${crypto.randomUUID()}`, messages.map(({ body }) => body).join(','));
  },
};
