/**
 * A probe node as a process of its own, and the edge that it takes jobs from: one that takes in any node, publishes its
 * public key over HTTP and signs with the private half. Mail hosts are servers on loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { expect, vi } from 'vitest';
import type { ProbeJob } from '../../shared/job.ts';
import { signToken } from '../../shared/token.ts';
import { startLoopback } from '../edge/loopback.ts';

const KID = 'test';
const NODE_ID = 'under-test';
/** Any token of the right form. */
const JOIN_TOKEN = `vrfy_join_${'x'.repeat(43)}`;
const READY_TIMEOUT_MS = 120_000;

export type NodeProcess = {
  readonly url: string;
  /** Posts a signed job; NDJSON, parsed. */
  readonly probe: (job: ProbeJob) => Promise<readonly unknown[]>;
  /** Ends it as an operator does, and gives its exit code. */
  readonly stop: () => Promise<number | null>;
};

export type NodeCommand = {
  /** Arguments for Node: the file to run and its options. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The port on 127.0.0.1 that `mx1.test` is. */
  readonly mailPort: number;
  readonly settings?: Readonly<Record<string, string>>;
};

export async function startNodeProcess({ args, cwd, mailPort, settings }: NodeCommand): Promise<NodeProcess> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KID, alg: 'EdDSA', use: 'sig' }] };
  const answers: Readonly<Record<string, object>> = {
    '/v1/nodes/enrol': { id: NODE_ID, region: 'test' },
    '/v1/nodes/heartbeat': { state: 'active', is_protocol_known: true, key_ids: [KID] },
  };
  const edge = await startLoopback(({ path: asked }, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answers[asked] ?? jwks)),
  );
  const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-node-'));
  const child = spawn(process.execPath, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      PROBE_ID: NODE_ID,
      PROBE_EDGE: edge.url.href,
      PROBE_HELO: 'probe1.example.com',
      PROBE_LISTEN: '127.0.0.1:0',
      PROBE_TOKEN: JOIN_TOKEN,
      PROBE_STATE: stateDir,
      PROBE_ROUTES: `mx1.test=127.0.0.1:${mailPort}`,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const url = `http://127.0.0.1:${await listening(child)}`;
  const isReady = async (): Promise<void> => expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await vi.waitFor(isReady, { timeout: READY_TIMEOUT_MS, interval: 20 });
  return {
    url,
    probe: async (job) => {
      const body = new TextEncoder().encode(JSON.stringify(job));
      const token = await signToken({ kid: KID, key: privateKey }, NODE_ID, body, Date.now());
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}/v1/probe`, { method: 'POST', headers, body });
      const lines = (await response.text()).split('\n').filter((line) => line !== '');
      return lines.map((line): unknown => JSON.parse(line));
    },
    stop: async () => {
      // An edge that is gone need not be told.
      await edge.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      await rm(stateDir, { recursive: true, force: true });
      return code;
    },
  };
}

async function listening(child: ChildProcess): Promise<number> {
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message) => {
      if (typeof message === 'object' && 'port' in message) resolve(Number(message.port));
    });
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}: ${complaints}`)));
  });
}
