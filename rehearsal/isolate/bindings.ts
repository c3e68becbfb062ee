/**
 * The bindings of the worker over the services of a rehearsal (platform/server.ts): KV, queue, bucket, Cache API, and the
 * namespaces of objects, whose calls take the time and meet the fate that the platform decides.
 *
 * Everything that the platform counts among the open connections goes through `Invocation.io`.
 */
import type { Fate } from '../limits.ts';
import type { Call } from '../platform/server.ts';
import type { UploadBindings } from '../upload.ts';
import { currentInvocation } from './invocation.ts';

/** A binding to an HTTP service. */
export type Service = { fetch(url: string, init?: RequestInit): Promise<Response> };
/** The object host's entrypoint (object-host.ts). */
export type ObjectHost = {
  callObject(namespace: string, name: string, method: string, given: readonly unknown[]): Promise<unknown>;
};

export type RawEnv = {
  readonly PLATFORM: Service;
  readonly OBJECTS: ObjectHost;
  readonly LOCATION: string;
  /** JSON: bindings of the upload by type. */
  readonly BINDINGS: string;
  /** JSON: variables and secrets. */
  readonly TEXTS: string;
};

/** The environment of the worker. */
export function envOver({ PLATFORM, OBJECTS, LOCATION, BINDINGS, TEXTS }: RawEnv): Record<string, unknown> {
  const bindings = JSON.parse(BINDINGS) as UploadBindings;
  const each = (names: readonly string[], make: (name: string) => unknown): Record<string, unknown> =>
    Object.fromEntries(names.map((name) => [name, make(name)]));
  const ask = askerOf(PLATFORM, LOCATION);
  return {
    ...(JSON.parse(TEXTS) as Record<string, string>),
    ...each(bindings.kv, () => kvOver(ask)),
    ...each(bindings.queues, () => ({
      send: async (body: string, { delaySeconds = 0 } = {}) => void (await ask('queue.send', { delaySeconds }, body)),
    })),
    ...each(bindings.buckets, () => bucketOver(ask)),
    ...each(bindings.objects, (name) => namespaceOver(PLATFORM, OBJECTS, name)),
    ...each(bindings.assets, () => ({
      fetch: (request: Request) => {
        const find = () => PLATFORM.fetch(`http://platform${new URL(request.url).pathname}`);
        return currentInvocation()?.io('call', find) ?? find();
      },
    })),
  };
}

type Ask = (operation: string, args?: object, body?: BodyInit) => Promise<Response>;

/** An operation that waits for a connection. Rejects with the platform's own words. */
function askerOf(platform: Service, location: string): Ask {
  return (operation, args = {}, body) => {
    const ask = async (): Promise<Response> => {
      const response = await platform.fetch(`http://platform/${operation}`, {
        method: 'POST',
        headers: { 'x-args': encodeURIComponent(JSON.stringify(args)), 'x-location': location },
        ...(body === undefined ? {} : { body }),
      });
      if (response.ok || response.status === 404) return response;
      const words = operation.replace('.', ' ').toUpperCase();
      throw new Error(`${words} failed: ${response.status} ${await response.text()}`);
    };
    return currentInvocation()?.io('connection', ask) ?? ask();
  };
}

type Entry = { readonly value: string; readonly metadata: unknown } | null;

function kvOver(ask: Ask): object {
  const read = async (key: string): Promise<Entry> => (await ask('kv.get', { key })).json();
  return {
    async get(key: string | string[]) {
      if (!Array.isArray(key)) return (await read(key))?.value ?? null;
      const found = (await (await ask('kv.getMany', { keys: key })).json()) as readonly Entry[];
      return new Map(key.map((name, index) => [name, found[index]?.value ?? null]));
    },
    async getWithMetadata(key: string) {
      return (await read(key)) ?? { value: null, metadata: null };
    },
    async put(
      key: string,
      value: string,
      { expirationTtl, metadata }: { expirationTtl?: number; metadata?: unknown } = {},
    ) {
      await ask('kv.put', { key, expirationTtl, metadata }, value);
    },
    async delete(key: string) {
      await ask('kv.delete', { key });
    },
    list: async (options: object) => (await ask('kv.list', options)).json(),
  };
}

function bucketOver(ask: Ask): object {
  return {
    put: async (name: string, octets: BodyInit) => void (await ask('bucket.put', { name }, octets)),
    async get(name: string, { range }: { range?: object } = {}) {
      const found = await ask('bucket.get', { name, range });
      return found.status === 404 ? null : found;
    },
    delete: async (names: string | string[]) => void (await ask('bucket.delete', { names: [names].flat() })),
    list: async (options: object) => (await ask('bucket.list', options)).json(),
    async createMultipartUpload(name: string) {
      const upload = await (await ask('bucket.createUpload', { name })).json();
      return {
        uploadPart: async (part: number, octets: BodyInit) =>
          (await ask('bucket.uploadPart', { upload, part }, octets)).json(),
        complete: async (parts: unknown) => void (await ask('bucket.complete', { upload, parts })),
        abort: async () => void (await ask('bucket.abort', { upload })),
      };
    },
  };
}

/** `caches`. */
export function cacheOver(platform: Service, location: string): object {
  const ask = askerOf(platform, location);
  const urlOf = (request: string | URL | Request): string =>
    request instanceof Request ? request.url : String(request);
  const cache = {
    async match(request: string | URL | Request) {
      const found = await ask('cache.match', { url: urlOf(request) });
      if (found.status === 404) return undefined;
      const { status, headers } = JSON.parse(found.headers.get('x-response') ?? '{}') as ResponseInit;
      return new Response(found.body, {
        ...(status === undefined ? {} : { status }),
        ...(headers === undefined ? {} : { headers }),
      });
    },
    async put(request: string | URL | Request, response: Response) {
      const head = { status: response.status, headers: [...response.headers] };
      await ask('cache.put', { url: urlOf(request), response: head }, await response.arrayBuffer());
    },
    delete: async (request: string | URL | Request) => (await ask('cache.delete', { url: urlOf(request) })).json(),
  };
  return { default: cache, open: async () => cache };
}

const BROKEN = 'Network connection lost.';

/** Asks the platform for the fate of a call; the way to an object is waited for there. */
export async function fateOf(platform: Service, call: Call): Promise<Fate> {
  const args = encodeURIComponent(JSON.stringify({ call }));
  const answer = await platform.fetch('http://platform/call.fate', { method: 'POST', headers: { 'x-args': args } });
  return (await answer.json()) as Fate;
}

/** Makes the call, unless its fate is another. */
export async function meetFate<T>(fate: Fate, call: () => Promise<T>): Promise<T> {
  if (fate === 'lost_before') throw new Error(BROKEN);
  const result = await call();
  if (fate === 'lost_after') throw new Error(BROKEN);
  return fate === 'cut' && result instanceof ReadableStream ? (cutOff(result) as T) : result;
}

/** The stream up to its first chunk. */
function cutOff(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const pass = async (): Promise<void> => {
    const reader = stream.getReader();
    const writer = writable.getWriter();
    const { value } = await reader.read();
    if (value !== undefined) await writer.write(value);
    await writer.abort(new Error(BROKEN));
    await reader.cancel();
  };
  void pass().catch(() => {});
  return readable;
}

function namespaceOver(platform: Service, objects: ObjectHost, target: string): object {
  const stubOf = (name: string): object => {
    // A stub whose call was lost stays broken.
    let isBroken = false;
    const callIt = async (method: string, given: readonly unknown[]): Promise<unknown> => {
      if (isBroken) throw new Error(BROKEN);
      const fate = await fateOf(platform, { kind: 'object', target, method });
      isBroken ||= fate === 'lost_before' || fate === 'lost_after';
      return meetFate(fate, () => objects.callObject(target, name, method, given));
    };
    const get = (_: object, method: string | symbol): unknown => {
      // A stub is no promise.
      if (method === 'then' || typeof method === 'symbol') return undefined;
      return (...given: readonly unknown[]) => {
        const call = (): Promise<unknown> => callIt(method, given);
        return currentInvocation()?.io('call', call) ?? call();
      };
    };
    return new Proxy({}, { get });
  };
  return { getByName: stubOf };
}
