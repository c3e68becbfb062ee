/** The rehearsed edge under drill (test/flow/drills/drilled-edge.ts). */
import path from 'node:path';
import type { EdgeOptions } from '../../cli/start/edge.ts';
import { PLATFORM } from '../../rehearsal/limits.ts';
import { type RehearsedEdge, startRehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';
import { buildUpload } from '../../rehearsal/upload.ts';
import type { DrilledEdge, DrillSize } from '../flow/drills/drilled-edge.ts';
import { areCopied } from './nodes-in-copy.ts';
import { theUpload } from './the-upload.ts';

/** Each request takes an isolate: few at once, so that a small machine answers within the deadlines. */
export const size: DrillSize = { questions: 60, stretch: 20, atOnce: 2, listLength: 10 };

export async function start(options: EdgeOptions): Promise<DrilledEdge> {
  let edge = await startIn(options);
  const { url } = edge;
  const port = Number(new URL(url).port);
  let unheard = 0;
  const nodeCount = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${options.keys.ADMIN_TOKEN}` };
    const list = (await (await fetch(`${url}/v1/nodes`, { headers })).json()) as { readonly nodes: readonly unknown[] };
    return list.nodes.length;
  };
  return {
    url,
    async reopen({ stateDir, keys, entrypoint }) {
      const changed = { ...options, ...(keys === undefined ? {} : { keys }) };
      if (stateDir === undefined) {
        const upload = entrypoint === undefined ? await theUpload() : await buildUpload({ entrypoint });
        return edge.restart({ upload, texts: textsOf(changed) });
      }
      await edge.close();
      edge = await startIn({ ...changed, stateDir, port });
    },
    registry: {
      async goAway() {
        await areCopied(edge, await nodeCount(), () => 'here');
        edge.platform.fateOf = ({ target, method }) => {
          if (target !== 'REGISTRY') return 'arrives';
          if (method === 'heartbeat') unheard += 1;
          return 'lost_before';
        };
      },
      async comeBack() {
        edge.platform.fateOf = () => 'arrives';
      },
      unheard: async () => unheard,
    },
    close: () => edge.close(),
  };
}

async function startIn(options: EdgeOptions): Promise<RehearsedEdge> {
  return startRehearsedEdge({
    upload: await theUpload(),
    // KV is late by a second in the place of a minute, so that no drill must wait for it.
    limits: { ...PLATFORM, kv: { ...PLATFORM.kv, staleMs: 1_000 } },
    texts: textsOf(options),
    port: options.port,
    storageDir: path.join(options.stateDir, 'objects'),
    log: (line) => process.stderr.write(`${line}\n`),
  });
}

function textsOf({ keys, sandboxDohUrl }: EdgeOptions): Readonly<Record<string, string>> {
  return {
    ...keys,
    NODE_URLS: 'loopback',
    ANONYMOUS_DAILY_QUOTA: 'unlimited',
    ...(sandboxDohUrl === null ? {} : { SANDBOX_DOH_URL: sandboxDohUrl }),
  };
}
