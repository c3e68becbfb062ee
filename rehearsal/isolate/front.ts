/**
 * The front of a rehearsed edge: takes each request, queue batch and call, and has it served by an isolate. With `fresh`
 * isolates every one of them is loaded anew (Worker Loader), so that no module state outlives an invocation.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Limits } from '../limits.ts';
import type { Delivered } from '../platform/queue.ts';
import type { Service } from './bindings.ts';

type Entry = {
  fetch(request: Request): Promise<Response>;
  deliver(messages: readonly Delivered[]): Promise<readonly string[]>;
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

export default class extends WorkerEntrypoint<FrontEnv> {
  fetch(request: Request): Promise<Response> {
    const location = request.headers.get(LOCATION_HEADER) ?? 'here';
    return isolateFor(this.env, location).getEntrypoint().fetch(request);
  }
}

/** For the rehearsal's own process: a batch of the queue, over HTTP. */
export class Control extends WorkerEntrypoint<FrontEnv> {
  async fetch(request: Request): Promise<Response> {
    const messages = (await request.json()) as readonly Delivered[];
    return Response.json(await isolateFor(this.env, 'queue').getEntrypoint().deliver(messages));
  }
}

/** For objects, whose calls of an entrypoint are served as requests are. */
export class Front extends WorkerEntrypoint<FrontEnv> {
  async callEntrypoint(name: string, method: string, given: readonly unknown[]): Promise<unknown> {
    return isolateFor(this.env, 'objects').getEntrypoint(name)[method]?.(...given);
  }
}
