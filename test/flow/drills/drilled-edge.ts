/**
 * The edge under drill, of one of two kinds: that of `npm start`, or the rehearsed one, which is the upload under the limits of
 * the platform. The project of vitest.config.ts in which a drill runs says which; the drill itself is the same.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type EdgeOptions, startEdge } from '../../../cli/start/edge.ts';

const WORKER = fileURLToPath(new URL('../../../edge/worker.ts', import.meta.url));

/** How much load an edge of that kind is put under on a small machine. */
export type DrillSize = {
  /** Questions of a drill. */
  readonly questions: number;
  /** Verdicts that make a stretch of it: enough for each node to have carried some. */
  readonly stretch: number;
  /** Single questions under way at once, and addresses of the one list that is under way beside them. */
  readonly atOnce: number;
  readonly listLength: number;
};

export type EdgeChanges = Partial<Pick<EdgeOptions, 'keys' | 'entrypoint' | 'stateDir'>>;

export type DrilledEdge = {
  readonly url: string;
  /**
   * Ends the edge and starts it again on the same port, over the same storage or that of another folder. What is not named
   * is as in the beginning.
   */
  readonly reopen: (changes: EdgeChanges) => Promise<void>;
  readonly registry: RegistrySwitch;
  readonly close: () => Promise<void>;
};

/** The registry object of an edge, which can go down. */
export type RegistrySwitch = {
  readonly goAway: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  /** Heartbeats that have not been heard. */
  readonly unheard: () => Promise<number>;
};

type EdgeKind = {
  readonly size: DrillSize;
  /** @param hasSwitch whether its registry is to go away */
  readonly start: (options: EdgeOptions, hasSwitch: boolean) => Promise<DrilledEdge>;
};

declare module 'vitest' {
  interface ProvidedContext {
    /** Kind of the edge in drills; absent for that of `npm start`. */
    readonly drilledEdge?: 'rehearsed';
  }
}

const SIZE: DrillSize = { questions: 500, stretch: 100, atOnce: 20, listLength: 25 };

export async function kindOfEdge(): Promise<EdgeKind> {
  return inject('drilledEdge') === 'rehearsed' ? import('../../rehearsal/drilled-edge.ts') : { size: SIZE, start };
}

async function start(asked: EdgeOptions, hasSwitch: boolean): Promise<DrilledEdge> {
  const entrypoint = path.join(asked.stateDir, 'switched.ts');
  await writeFile(entrypoint, SWITCHED_WORKER);
  const options = hasSwitch ? { ...asked, entrypoint } : asked;
  let edge = await startEdge(options);
  const { url } = edge;
  const command = (name: string): Promise<Response> => fetch(new URL(`/registry/${name}`, url));
  return {
    url,
    reopen: async (changes) => {
      await edge.close();
      edge = await startEdge({ ...options, ...changes });
    },
    registry: {
      goAway: async () => void (await command('away')),
      comeBack: async () => void (await command('back')),
      unheard: async () => Number(await (await command('unheard')).text()),
    },
    close: () => edge.close(),
  };
}

/** The worker as it is, but for a registry that can be switched off. */
const SWITCHED_WORKER = `import worker from ${JSON.stringify(WORKER)};
export * from ${JSON.stringify(WORKER)};
let isAway = false;
let unheard = 0;
let switched;
const refuse = (method) => {
  if (method === 'heartbeat') unheard += 1;
  return Promise.reject(new Error('reset'));
};
const switchable = (namespace) => ({ getByName: (name, options) => new Proxy({}, {
  get: (_, method) => (...asked) => isAway ? refuse(method) : namespace.getByName(name, options)[method](...asked),
}) });
export default { ...worker, fetch: (request, env, context) => {
  switched ??= { ...env, REGISTRY: switchable(env.REGISTRY) };
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith('/registry/')) return worker.fetch(request, switched, context);
  if (pathname === '/registry/unheard') return new Response(String(unheard));
  isAway = pathname === '/registry/away';
  return new Response();
} };
`;
