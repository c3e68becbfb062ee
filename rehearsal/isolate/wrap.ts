/**
 * Wraps the exports of the worker, so that each invocation has its limits and its environment: the handler, its entrypoints
 * and its objects. The entry module that a rehearsal makes (../entry-modules.ts) exports the results.
 */
import { type DurableObjectState, type ExecutionContext, WorkerEntrypoint } from 'cloudflare:workers';
import type { Usage } from '../platform/server.ts';
import { envOver, fateOf, meetFate, type RawEnv } from './bindings.ts';
import { clocks, limits } from './globals.ts';
import { endHeldWork, heldWorkDone, noteHeldBy, noteWork } from './held-work.ts';
import { createInvocation, type Invocation, isInside, runIn } from './invocation.ts';

type Handler = {
  fetch(request: Request, env: object, ctx: ExecutionContext): Promise<Response> | Response;
  queue?(batch: object, env: object, ctx: ExecutionContext): Promise<void>;
  scheduled?(event: object, env: object, ctx: ExecutionContext): Promise<void>;
};
type Message = { readonly id: string; readonly body: string; readonly attempts: number; readonly timestampMs: number };
type Methods = Record<string, (...given: readonly unknown[]) => unknown>;

/** One environment an isolate, as a worker has it. */
const envs = new WeakMap<object, Record<string, unknown>>();
function envOf(raw: object): Record<string, unknown> {
  const known = envs.get(raw);
  if (known !== undefined) return known;
  const made = envOver(raw as RawEnv);
  envs.set(raw, made);
  return made;
}

function invocationOf(name: string, raw: object, ctx: ExecutionContext, held = limits): Invocation {
  const report = async (usage: Usage): Promise<void> => {
    const headers = { 'x-args': encodeURIComponent(JSON.stringify({ usage })) };
    const reported = (raw as RawEnv).PLATFORM.fetch('http://platform/usage', { method: 'POST', headers });
    ctx.waitUntil(reported);
    await reported;
  };
  return createInvocation({ name, limits: held, clocks, report, end: endHeldWork });
}

/** Calls back when the stream has ended, however it ends. */
function watched(stream: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  noteWork(stream.pipeTo(writable).then(ended, ended));
  return readable;
}

/** The default export: `fetch` for requests, `queue` and `scheduled` as calls of the rehearsal. */
export function wrapHandler(handler: Handler) {
  return class Handled extends WorkerEntrypoint<object> {
    constructor(ctx: ExecutionContext, raw: object) {
      super(ctx, raw);
      noteHeldBy(ctx);
    }

    /** Resolves when the isolate may end. */
    settled(): Promise<void> {
      return heldWorkDone();
    }

    async fetch(request: Request): Promise<Response> {
      const invocation = invocationOf(`${request.method} ${routeOf(request)}`, this.env, this.ctx);
      const ended = (): void => invocation.answered();
      request.signal.addEventListener('abort', ended);
      const answer = runIn(invocation, async () => handler.fetch(request, envOf(this.env), this.ctx));
      noteWork(answer);
      // A handler that throws is answered for by the runtime.
      answer.catch(ended);
      const response = await answer;
      if (response.body !== null) return new Response(watched(response.body, ended), response);
      ended();
      return response;
    }

    /** Ids of the messages that are to be tried again. */
    async deliver(messages: readonly Message[]): Promise<readonly string[]> {
      const invocation = invocationOf('queue', this.env, this.ctx);
      const again = new Set<string>();
      const batch = {
        messages: messages.map(({ id, body, attempts, timestampMs }) => ({
          id,
          body,
          attempts,
          timestamp: new Date(timestampMs),
          ack: () => again.delete(id),
          retry: () => again.add(id),
        })),
        ackAll: () => again.clear(),
        retryAll: () => {
          for (const { id } of messages) again.add(id);
        },
      };
      try {
        const work = runIn(invocation, async () => handler.queue?.(batch, envOf(this.env), this.ctx));
        noteWork(work);
        await work;
      } finally {
        invocation.answered();
      }
      return [...again];
    }
  };
}

/** Paths with an id in them are one route. */
function routeOf(request: Request): string {
  return new URL(request.url).pathname.replace(/\/[A-Za-z0-9_-]{22}(?=\/|$)/, '/:id').replace(/\/[0-9]+$/, '/:n');
}

type EntrypointClass = new (ctx: ExecutionContext, env: object) => object;

/** An entrypoint under limits: a stream that a method returns belongs to its invocation. */
export function wrapEntrypoint(name: string, Entry: EntrypointClass) {
  const Wrapped = class extends (Entry as typeof WorkerEntrypoint) {
    constructor(ctx: ExecutionContext, raw: object) {
      noteHeldBy(ctx);
      super(ctx, envOf(raw));
      hosts.set(this, { raw, ctx });
    }
  };
  for (const method of methodsOf(Entry)) {
    (Wrapped.prototype as unknown as Methods)[method] = async function (this: object, ...given) {
      const invocation = invocationIn(this, `${name}.${method}`);
      const ended = (): void => invocation.answered();
      const act = (Entry.prototype as Methods)[method];
      const work = runIn(invocation, async () => act?.apply(this, given as never));
      noteWork(work);
      work.catch(ended);
      const result = await work;
      if (result instanceof ReadableStream) return watched(result, ended);
      ended();
      return result;
    };
  }
  return Wrapped;
}

/** Raw environment and context of each entrypoint and object. */
const hosts = new WeakMap<object, { readonly raw: object; readonly ctx: ExecutionContext }>();

function invocationIn(host: object, name: string, held = limits): Invocation {
  const known = hosts.get(host);
  if (known === undefined) throw new Error(`${name} was called before its constructor ended`);
  return invocationOf(name, known.raw, known.ctx, held);
}

type ObjectClass = new (ctx: DurableObjectState, env: object) => object;

/** An object under limits; its alarm runs as many times as they say. */
export function wrapObject(name: string, Kind: ObjectClass) {
  const Wrapped = class extends (Kind as new (ctx: DurableObjectState, env: object) => object) {
    constructor(ctx: DurableObjectState, raw: object) {
      super(ctx, envOf(raw));
      hosts.set(this, { raw, ctx });
    }
  };
  for (const method of methodsOf(Kind)) {
    const act = (Kind.prototype as Methods)[method];
    const once = (self: object, given: readonly unknown[]): unknown => {
      // An object outlives its calls.
      const invocation = invocationIn(self, `${name}.${method}`, { ...limits, waitUntilMs: null });
      const result = runIn(invocation, () => act?.apply(self, given as never));
      // A method that the object itself calls, such as in its constructor, may give a plain value.
      if (result instanceof Promise) return result.finally(() => invocation.answered());
      return result;
    };
    (Wrapped.prototype as unknown as Methods)[method] = function (this: object, ...given) {
      if (isInside()) return act?.apply(this, given as never);
      if (method !== 'alarm') return once(this, given);
      return (async () => {
        for (let run = 0; run < limits.alarmRuns; run += 1) await once(this, given);
      })();
    };
  }
  return Wrapped;
}

/** Names of the methods that a caller may use. */
function methodsOf(Class: abstract new (...given: never[]) => object): readonly string[] {
  return Object.getOwnPropertyNames(Class.prototype).filter(
    (name) => name !== 'constructor' && typeof (Class.prototype as Methods)[name] === 'function',
  );
}

/** Hands every call of an entrypoint on to the front, which has it served by an isolate as requests are. */
export function forwardEntrypoint(name: string, Entry: EntrypointClass) {
  const Forward = class extends WorkerEntrypoint<ForwardEnv> {};
  for (const method of methodsOf(Entry)) {
    (Forward.prototype as unknown as Methods)[method] = async function (this: { env: ForwardEnv }, ...given) {
      const { FRONT, PLATFORM } = this.env;
      const fate = await fateOf(PLATFORM, { kind: 'entrypoint', target: name, method });
      return meetFate(fate, () => FRONT.callEntrypoint(name, method, given));
    };
  }
  return Forward;
}

type ForwardEnv = Pick<RawEnv, 'PLATFORM'> & {
  readonly FRONT: { callEntrypoint(name: string, method: string, given: readonly unknown[]): Promise<unknown> };
};
