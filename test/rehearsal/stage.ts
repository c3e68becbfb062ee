/**
 * The whole system on a rehearsed edge: the upload in workerd under limits, the sandbox in this process, nodes as
 * processes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { loadKeys } from '../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../cli/start/node.ts';
import { type Sandbox, startSandbox } from '../../probe-node/sandbox/server.ts';
import type { Limits } from '../../rehearsal/limits.ts';
import { type RehearsedEdge, startRehearsedEdge } from '../../rehearsal/rehearsed-edge.ts';
import { type Answer, answerSchema } from '../../shared/answer.ts';
import { freePortRun, logOfNode } from '../flow/system.ts';
import { theUpload } from './the-upload.ts';

export type Stage = {
  readonly edge: RehearsedEdge;
  readonly adminToken: string;
  readonly sandbox: Sandbox;
  readonly nodes: readonly RunningNode[];
  ask(email: string, parameters?: Readonly<Record<string, string>>, location?: string): Promise<Answer>;
  close(): Promise<void>;
};

export type StageOptions = {
  readonly limits?: Limits;
  readonly nodeCount?: number;
  /** Variables of the edge that are not as under `npm start`. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly nodeSettings?: Readonly<Record<string, string>>;
};

export async function openStage({
  limits,
  nodeCount = 1,
  texts = {},
  nodeSettings = {},
}: StageOptions = {}): Promise<Stage> {
  const upload = await theUpload();
  const port = await freePortRun(1 + nodeCount);
  // Closed from the end, also if a later part does not start.
  const parts: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of parts.toReversed()) await end();
  };
  try {
    const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-stage-'));
    parts.push(() => rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
    const sandbox = await startSandbox();
    parts.push(sandbox.close);
    const keys = await loadKeys(stateDir);
    const edge = await startRehearsedEdge({
      upload,
      ...(limits === undefined ? {} : { limits }),
      texts: {
        ...keys,
        NODE_URLS: 'loopback',
        SANDBOX_DOH_URL: sandbox.dohUrl,
        ANONYMOUS_DAILY_QUOTA: 'unlimited',
        ...texts,
      },
      port,
      storageDir: path.join(stateDir, 'objects'),
      log: (line) => console.error('%s', line),
    });
    parts.push(edge.close);
    const shared = {
      edgeUrl: edge.url,
      adminToken: keys.ADMIN_TOKEN,
      stateDir,
      routes: sandbox.routes,
      isQuiet: true,
      log: logOfNode,
      settings: nodeSettings,
    };
    const nodes = await Promise.all(
      Array.from({ length: nodeCount }, async (_, index) => {
        const node = await startNode({ ...shared, index, port: port + 1 + index });
        parts.push(() => node.close());
        return node;
      }),
    );
    const ask: Stage['ask'] = async (email, parameters = {}, location) => {
      const response = await fetch(`${edge.url}/v1/verify?${new URLSearchParams({ email, ...parameters })}`, {
        headers: location === undefined ? {} : { 'x-rehearsal-location': location },
      });
      return answerSchema().parse(await response.json());
    };
    if (nodeCount > 0) await known(ask);
    return {
      edge,
      adminToken: keys.ADMIN_TOKEN,
      sandbox,
      nodes,
      ask,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A node that has joined is known to a location within some seconds. */
async function known(ask: Stage['ask']): Promise<void> {
  const isKnown = async (): Promise<boolean> => (await ask('nobody@helo.test', { max_age: '0' })).reason !== 'no_node';
  await vi.waitUntil(isKnown, { interval: 500, timeout: 60_000 });
}
