/**
 * The platform's services over HTTP on loopback, for workerd: KV, Cache API, queue, bucket and static files; and the fate of
 * each call between Workers. Isolates reach it through a binding (isolate/bindings.ts), never through `fetch`.
 *
 * An operation is the path; its arguments are JSON in a header, its octets the body. A refusal is a status of 400 or more
 * with the reason as text.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Fate, Limits } from '../limits.ts';
import { createBucket } from './bucket.ts';
import { createKv, type Kv, KvError } from './kv.ts';
import { type Consumer, createQueue, type Delivered, type Queue } from './queue.ts';
import { createResponseCache } from './response-cache.ts';

/** A call between Workers, or of an object. */
export type Call = {
  readonly kind: 'object' | 'entrypoint';
  /** Binding of the namespace, or class of the entrypoint. */
  readonly target: string;
  readonly method: string;
};

/** Use of the limits by one invocation. */
export type Usage = {
  readonly id: string;
  /** Such as `GET /v1/verify`, `queue`, `ListObject.alarm`. */
  readonly name: string;
  readonly subrequests: number;
  /** Most connections that waited for headers at once, and how many had to queue. */
  readonly connectionsMost: number;
  readonly queued: number;
  /** True if `waitUntil` was cut off. */
  readonly isCutOff: boolean;
};

export type Platform = {
  readonly port: number;
  readonly kv: Kv;
  readonly queue: Queue;
  /** Decides the fate of each call; may be replaced at any time. */
  fateOf: (call: Call) => Fate;
  /** By id: the invocations that have answered, as they stand. */
  readonly usages: ReadonlyMap<string, Usage>;
  close(): Promise<void>;
};

export type PlatformOptions = {
  readonly limits: Limits;
  readonly consumer: Consumer;
  /** Folder of the static files, or null. */
  readonly assets: string | null;
  readonly deliver: (messages: readonly Delivered[]) => Promise<readonly string[]>;
};

const partSchema = z.object({ partNumber: z.int(), etag: z.string() });

/** Arguments of the operations, each of which needs some. */
const argsSchema = z.object({
  key: z.string().default(''),
  keys: z.array(z.string()).default([]),
  expirationTtl: z.number().optional(),
  metadata: z.unknown().optional(),
  url: z.string().default(''),
  response: z
    .object({ status: z.int(), headers: z.array(z.tuple([z.string(), z.string()])) })
    .default({ status: 200, headers: [] }),
  delaySeconds: z.number().default(0),
  name: z.string().default(''),
  names: z.array(z.string()).default([]),
  range: z.object({ offset: z.int(), length: z.int() }).nullish(),
  prefix: z.string().default(''),
  limit: z.int().default(1_000),
  cursor: z.string().nullish(),
  upload: z.string().default(''),
  part: z.int().default(0),
  parts: z.array(partSchema).default([]),
  call: z
    .object({ kind: z.enum(['object', 'entrypoint']), target: z.string(), method: z.string() })
    .default({ kind: 'entrypoint', target: '', method: '' }),
  usage: z
    .object({
      id: z.string(),
      name: z.string(),
      subrequests: z.int(),
      connectionsMost: z.int(),
      queued: z.int(),
      isCutOff: z.boolean(),
    })
    .optional(),
});

type Operation = (given: {
  readonly location: string;
  readonly args: z.output<typeof argsSchema>;
  readonly body: Buffer;
}) => Promise<Reply> | Reply;

type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
};

const NOTHING: Reply = { status: 404 };

export async function startPlatform({ limits, consumer, assets, deliver }: PlatformOptions): Promise<Platform> {
  const nowMs = (): number => Date.now();
  const timers = new Set<NodeJS.Timeout>();
  let isClosed = false;
  const after = (ms: number, callBack: () => void): void => {
    // A batch that was out when the platform closed is never tried again.
    if (isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      callBack();
    }, ms);
    timers.add(timer);
  };
  const kv = createKv(limits.kv, nowMs);
  const cache = createResponseCache(limits.cache, nowMs);
  const bucket = createBucket();
  const queue = createQueue(limits.queue, consumer, { nowMs, random: Math.random, after, deliver });
  const usages = new Map<string, Usage>();

  const operations: Readonly<Record<string, Operation>> = {
    'kv.get': ({ location, args: { key } }) => json(kv.get(location, key)),
    'kv.getMany': ({ location, args: { keys } }) => json(kv.getMany(location, keys)),
    'kv.put': ({ args: { key, expirationTtl, metadata }, body }) =>
      done(kv.put(key, body.toString(), { ...(expirationTtl === undefined ? {} : { expirationTtl }), metadata })),
    'kv.delete': ({ args: { key } }) => done(kv.delete(key)),
    'kv.list': ({ args: { prefix, limit, cursor = null } }) => json(kv.list({ prefix, limit, cursor })),
    'cache.match': ({ location, args: { url } }) => {
      const found = cache.match(location, url);
      if (found === null) return NOTHING;
      const { status, headers } = found;
      return { headers: { 'x-response': JSON.stringify({ status, headers }) }, body: found.body };
    },
    'cache.put': ({ location, args: { url, response }, body }) => done(cache.put(location, url, { ...response, body })),
    'cache.delete': ({ location, args: { url } }) => json(cache.delete(location, url)),
    'queue.send': ({ args: { delaySeconds }, body }) => done(queue.send(body.toString(), delaySeconds)),
    'bucket.put': ({ args: { name }, body }) => done(bucket.put(name, body)),
    'bucket.get': ({ args: { name, range = null } }) => {
      const octets = bucket.get(name, range);
      return octets === null ? NOTHING : { body: octets };
    },
    'bucket.delete': ({ args: { names } }) => done(bucket.delete(names)),
    'bucket.list': ({ args: { prefix, limit, cursor } }) => json(bucket.list({ prefix, limit, cursor: cursor ?? '' })),
    'bucket.createUpload': ({ args: { name } }) => json(bucket.createUpload(name)),
    'bucket.uploadPart': ({ args: { upload, part }, body }) => json(bucket.uploadPart(upload, part, body)),
    'bucket.complete': ({ args: { upload, parts } }) => done(bucket.complete(upload, parts)),
    'bucket.abort': ({ args: { upload } }) => done(bucket.abort(upload)),
    'call.fate': async ({ args: { call } }) => {
      if (call.kind === 'object') await delay(limits.objectMs);
      return json(platform.fateOf(call));
    },
    usage: ({ args: { usage } }) => done(usage === undefined ? 0 : usages.set(usage.id, usage)),
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://platform');
    if (request.method === 'GET') return send(response, await assetAt(assets, pathname));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = operations[pathname.slice(1)];
    if (operation === undefined) return send(response, NOTHING);
    const location = String(request.headers['x-location'] ?? '');
    try {
      const args = argsSchema.parse(JSON.parse(decodeURIComponent(String(request.headers['x-args'] ?? '%7B%7D'))));
      send(response, await operation({ location, args, body: Buffer.concat(chunks) }));
    } catch (error) {
      const status = error instanceof KvError ? error.status : 400;
      send(response, { status, body: error instanceof Error ? error.message : String(error) });
    }
  };
  const server = createServer((request, response) => {
    // The worker has hung up.
    answer(request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const platform: Platform = {
    port: (server.address() as AddressInfo).port,
    kv,
    queue,
    fateOf: () => 'arrives',
    usages,
    async close() {
      isClosed = true;
      for (const timer of timers) clearTimeout(timer);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return platform;
}

function json(value: unknown): Reply {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

function done(_: unknown): Reply {
  return { status: 204 };
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  response.writeHead(status, headers).end(body);
}

/** The file, as `html_handling = "drop-trailing-slash"` finds it. */
async function assetAt(folder: string | null, pathname: string): Promise<Reply> {
  if (folder === null || pathname.includes('..')) return NOTHING;
  const name = pathname === '/' ? '/index.html' : path.extname(pathname) === '' ? `${pathname}.html` : pathname;
  const type = name.endsWith('.html') ? 'text/html; charset=utf-8' : 'application/octet-stream';
  const octets = await readFile(path.join(folder, name)).catch(() => null);
  return octets === null ? NOTHING : { headers: { 'content-type': type }, body: octets };
}
