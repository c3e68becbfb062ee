/**
 * The front of a rehearsed edge: takes each request, queue batch and call, and has it served by an isolate. With `fresh`
 * isolates every one of them is loaded anew (Worker Loader), so that no module state outlives an invocation.
 */
import { type ExecutionContext, WorkerEntrypoint } from 'cloudflare:workers';
import type { Limits } from '../limits.ts';
import type { Delivered } from '../platform/queue.ts';
import type { Service } from './bindings.ts';

type Entry = {
  fetch(request: Request): Promise<Response>;
  deliver(messages: readonly Delivered[]): Promise<readonly string[]>;
  settled(): Promise<void>;
} & Record<string, (...given: readonly unknown[]) => Promise<unknown>>;
type Loaded = { getEntrypoint(name?: string): Entry };
type Code = Readonly<Record<string, unknown>>;

type FrontEnv = {
  readonly LOADER: { load(code: Code): Loaded; get(name: string, code: () => Promise<Code>): Loaded };
  readonly PLATFORM: Service;
  readonly OBJECTS: unknown;
  readonly LIMITS: string;
  readonly BINDINGS: string;
  readonly TEXTS: string;
  /** JSON: compatibility date and flags, main module, and the other modules with their kind. */
  readonly CODE: string;
} & Record<string, unknown>;

/** Request header that says in which location the request arrives. */
const LOCATION_HEADER = 'x-rehearsal-location';

function isolateFor(env: FrontEnv, location: string): Loaded {
  const { compatibilityDate, compatibilityFlags, modules } = JSON.parse(env.CODE) as {
    compatibilityDate: string;
    compatibilityFlags: readonly string[];
    modules: Readonly<Record<string, 'js' | 'data'>>;
  };
  const { PLATFORM, OBJECTS, LIMITS, BINDINGS, TEXTS } = env;
  const code = {
    compatibilityDate,
    compatibilityFlags,
    mainModule: 'entry.js',
    modules: Object.fromEntries(Object.entries(modules).map(([name, kind]) => [name, { [kind]: env[name] }])),
    env: { PLATFORM, OBJECTS, LIMITS, BINDINGS, TEXTS, LOCATION: location },
  };
  const { isolates } = JSON.parse(LIMITS) as Limits;
  return isolates === 'fresh' ? env.LOADER.load(code) : env.LOADER.get(location, async () => code);
}

/** Keeps the isolate until the work that it holds is done. */
function hold(isolate: Loaded, ctx: ExecutionContext): void {
  ctx.waitUntil(isolate.getEntrypoint().settled());
}

export default class extends WorkerEntrypoint<FrontEnv> {
  async fetch(request: Request): Promise<Response> {
    const isolate = isolateFor(this.env, request.headers.get(LOCATION_HEADER) ?? 'here');
    const response = isolate.getEntrypoint().fetch(request);
    hold(isolate, this.ctx);
    return response;
  }
}

/** For the rehearsal's own process: a batch of the queue, over HTTP. */
export class Control extends WorkerEntrypoint<FrontEnv> {
  async fetch(request: Request): Promise<Response> {
    const messages = (await request.json()) as readonly Delivered[];
    const isolate = isolateFor(this.env, 'queue');
    const again = isolate.getEntrypoint().deliver(messages);
    hold(isolate, this.ctx);
    return Response.json(await again);
  }
}

/** For objects, whose calls of an entrypoint are served as requests are. */
export class Front extends WorkerEntrypoint<FrontEnv> {
  async callEntrypoint(name: string, method: string, given: readonly unknown[]): Promise<unknown> {
    const isolate = isolateFor(this.env, 'objects');
    const result = isolate.getEntrypoint(name)[method]?.(...given);
    hold(isolate, this.ctx);
    return result;
  }
}
