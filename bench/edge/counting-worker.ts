/**
 * The edge's worker with counters of what the platform bills, for a bench: requests, rows of SQLite, operations on KV and R2.
 *
 * The methods of the bindings are wrapped on their prototypes, so that the worker itself knows nothing of it. It is text, like the
 * workers of drills, since it is bundled for the runtime and not for this process.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKER = fileURLToPath(new URL('../../edge/worker.ts', import.meta.url));

/** Path at which the counts are told; they begin at 0 again. */
export const COUNTS_PATH = '/bench/counts';

export type PlatformCounts = {
  readonly workerRequests: number;
  /** Calls of the objects of lists, and their alarms. */
  readonly objectRequests: number;
  /** Of those, the alarms. */
  readonly alarms: number;
  readonly rowsRead: number;
  /** Alarms that were set are rows as well. */
  readonly rowsWritten: number;
  /** Keys. */
  readonly kvReads: number;
  readonly kvWrites: number;
  /** R2: writes and listings (class A), and reads (class B). */
  readonly classA: number;
  readonly classB: number;
};

/** @returns path of the worker's source, in the folder */
export async function writeCountingWorker(folder: string): Promise<string> {
  const file = path.join(folder, 'counting-worker.ts');
  await writeFile(file, SOURCE);
  return file;
}

const SOURCE = `
import worker, { ListObject as List, ListVerifier as Checks } from ${JSON.stringify(WORKER)};
export { KeyHolderObject, QuotaObject, RegistryObject, Verifier } from ${JSON.stringify(WORKER)};

const zero = () => ({ workerRequests: 0, objectRequests: 0, alarms: 0, rowsRead: 0, rowsWritten: 0, kvReads: 0, kvWrites: 0, classA: 0, classB: 0 });
let counts = zero();
let cursor = null;
const settle = () => {
  if (cursor === null) return;
  counts.rowsRead += cursor.rowsRead;
  counts.rowsWritten += cursor.rowsWritten;
  cursor = null;
};
const wrapped = new Set();
const wrap = (target, name, before, after = (result) => result) => {
  const prototype = Object.getPrototypeOf(target);
  if (wrapped.has(prototype[name])) return;
  const own = prototype[name];
  prototype[name] = function (...given) {
    before(...given);
    return after(own.apply(this, given));
  };
  wrapped.add(prototype[name]);
};
const wrapBindings = ({ MEMORY, FILES }) => {
  wrap(MEMORY, 'get', (keys) => (counts.kvReads += Array.isArray(keys) ? keys.length : 1));
  wrap(MEMORY, 'put', () => (counts.kvWrites += 1));
  const classA = () => (counts.classA += 1);
  for (const name of ['put', 'list']) wrap(FILES, name, classA);
  wrap(FILES, 'get', () => (counts.classB += 1));
  wrap(FILES, 'createMultipartUpload', classA, async (opened) => {
    const upload = await opened;
    for (const name of ['uploadPart', 'complete']) wrap(upload, name, classA);
    return upload;
  });
};
/** A cursor has its counts when it has been read: at the latest when the next statement runs. */
const wrapStorage = (storage) => {
  wrap(storage.sql, 'exec', settle, (next) => (cursor = next));
  wrap(storage, 'setAlarm', () => (counts.rowsWritten += 1));
};
const countCalls = (Class, name) => {
  for (const method of Object.getOwnPropertyNames(Class.prototype)) {
    const own = Class.prototype[method];
    if (method === 'constructor' || typeof own !== 'function' || method === 'nowMs') continue;
    Class.prototype[method] = function (...given) {
      counts[name] += 1;
      if (method === 'alarm') counts.alarms += 1;
      return own.apply(this, given);
    };
  }
};
countCalls(List, 'objectRequests');
countCalls(Checks, 'workerRequests');

export class ListObject extends List {
  constructor(ctx, env) {
    super(ctx, env);
    wrapBindings(env);
    wrapStorage(ctx.storage);
  }
}
export class ListVerifier extends Checks {}
export default {
  ...worker,
  fetch(request, env, ctx) {
    wrapBindings(env);
    if (new URL(request.url).pathname === ${JSON.stringify(COUNTS_PATH)}) {
      settle();
      const told = counts;
      counts = zero();
      return Response.json(told);
    }
    counts.workerRequests += 1;
    return worker.fetch(request, env, ctx);
  },
};
`;
