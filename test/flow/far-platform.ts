/**
 * The whole system over a platform that is as far away as Cloudflare's may be: isolates of one data centre, a KV that shows a
 * write late and answers slowly, objects in another continent. The worker is the real one, in workerd; this wraps its bindings.
 *
 * A request says in headers which isolate it meets (`x-isolate`; each begins with empty memory), and the milliseconds that KV and
 * objects take for the isolate's lifetime.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, answerSchema } from '../../shared/answer.ts';
import { type System, startSystem } from './system.ts';

const WORKER = fileURLToPath(new URL('../../edge/worker.ts', import.meta.url));

/** KV remembers for a minute what a data centre has read of a key, "not there" included. */
const TEST_WORKER = `
import worker, { KeyHolderObject, ListObject, ListVerifier, QuotaObject, RegistryObject, Verifier } from ${JSON.stringify(WORKER)};
export { KeyHolderObject, ListObject, ListVerifier, QuotaObject, RegistryObject, Verifier };
const seen = new Map();
const calls = {};
const count = (name) => { calls[name] = (calls[name] ?? 0) + 1; };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const readOne = async (kv, key) => {
  const known = seen.get(key);
  if (known !== undefined && known.untilMs > Date.now()) return known.value;
  const value = await kv.get(key);
  seen.set(key, { value, untilMs: Date.now() + 60_000 });
  return value;
};
/** The most calls of KV at one time in an isolate. */
const most = {};
const counted = (name, kv) => {
  let open = 0;
  return Object.fromEntries(Object.entries(kv).map(([method, call]) => [method, async (...asked) => {
    open += 1;
    most[name] = Math.max(most[name] ?? 0, open);
    try {
      return await call(...asked);
    } finally {
      open -= 1;
    }
  }]));
};
const lateKv = (kv, ms, refuses, name) => counted(name, {
  get: async (keys) => {
    count('kv.get');
    await wait(ms);
    if (!Array.isArray(keys)) return readOne(kv, keys);
    return new Map(await Promise.all(keys.map(async (key) => [key, await readOne(kv, key)])));
  },
  getWithMetadata: async (...asked) => { await wait(ms); return kv.getWithMetadata(...asked); },
  list: async (...asked) => { count('kv.list'); await wait(ms); count('kv.listed'); return kv.list(...asked); },
  delete: (...asked) => kv.delete(...asked),
  put: async (...asked) => {
    if (refuses) { count('kv.refused'); throw new Error('KV PUT failed: 429 Too Many Requests'); }
    await kv.put(...asked);
    count('kv.put');
  },
});
const farObjects = (namespace, name, ms) => ({
  getByName: (...asked) => {
    const stub = namespace.getByName(...asked);
    return new Proxy({}, { get: (_, method) => async (...given) => {
      count(name + '.' + String(method));
      await wait(ms);
      return stub[method](...given);
    } });
  },
});
const isolates = new Map();
const isolateOf = (headers, env) => {
  const name = headers.get('x-isolate') ?? 'first';
  const number = (header) => Number(headers.get(header) ?? 0);
  if (!isolates.has(name)) isolates.set(name, {
    ...env,
    ANONYMOUS_DAILY_QUOTA: headers.get('x-quota') ?? env.ANONYMOUS_DAILY_QUOTA,
    MEMORY: lateKv(env.MEMORY, number('x-kv-ms'), headers.has('x-kv-refuses'), name),
    QUOTA: farObjects(env.QUOTA, 'quota', number('x-object-ms')),
    REGISTRY: farObjects(env.REGISTRY, 'registry', number('x-object-ms')),
  });
  return isolates.get(name);
};
export default {
  ...worker,
  fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === '/calls') return Response.json(calls);
    if (pathname === '/most') return Response.json(most);
    if (pathname === '/minute') {
      seen.clear();
      return new Response();
    }
    const held = {
      waitUntil(work) {
        count('held');
        work.catch(() => count('rejected')).finally(() => count('released'));
        ctx.waitUntil(work);
      },
      passThroughOnException() {},
    };
    return worker.fetch(request, isolateOf(request.headers, env), held);
  },
};
`;

export type Isolate = {
  /** Name of the isolate. */
  readonly isolate: string;
  /** Milliseconds of each call of KV, and of an object. */
  readonly kvMs?: number;
  readonly objectMs?: number;
  /** KV refuses every write. */
  readonly kvRefuses?: boolean;
  /** Probes a day for a caller without a key. */
  readonly quota?: number;
};

export type FarSystem = System & {
  /** Asks for a verdict in one isolate. */
  askIn(isolate: Isolate, email: string, parameters?: Readonly<Record<string, string>>): Promise<Timed>;
  /**
   * Calls by binding and method, since the beginning and of all isolates; works that were `held` with `waitUntil`, have been
   * `released`, and were `rejected`.
   */
  calls(): Promise<Readonly<Record<string, number>>>;
  /** The most calls of KV that were under way at one time, by isolate. */
  mostKvCalls(): Promise<Readonly<Record<string, number>>>;
  /** Lets the minute pass after which KV shows what was written. */
  passMinute(): Promise<void>;
};

/** `ms`: as the client sees it. */
export type Timed = { readonly answer: Answer; readonly ms: number };

export async function startFarSystem(nodeCount = 1): Promise<FarSystem> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-far-'));
  const entrypoint = path.join(folder, 'worker.ts');
  await writeFile(entrypoint, TEST_WORKER);
  const system = await startSystem(nodeCount, true, entrypoint);
  return {
    ...system,
    async askIn({ isolate, kvMs = 0, objectMs = 0, kvRefuses = false, quota }, email, parameters = {}) {
      const headers = {
        'x-isolate': isolate,
        'x-kv-ms': String(kvMs),
        'x-object-ms': String(objectMs),
        ...(kvRefuses ? { 'x-kv-refuses': '1' } : {}),
        ...(quota === undefined ? {} : { 'x-quota': String(quota) }),
      };
      const startMs = performance.now();
      const response = await fetch(`${system.url}/v1/verify?${new URLSearchParams({ email, ...parameters })}`, {
        headers,
      });
      const answer = answerSchema().parse(await response.json());
      return { answer, ms: performance.now() - startMs };
    },
    calls: async () => {
      const response = await fetch(`${system.url}/calls`);
      return (await response.json()) as Record<string, number>;
    },
    mostKvCalls: async () => (await (await fetch(`${system.url}/most`)).json()) as Record<string, number>,
    passMinute: async () => void (await fetch(`${system.url}/minute`)),
    async close() {
      await system.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
