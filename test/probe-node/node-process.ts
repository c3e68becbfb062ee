/**
 * A probe node as a process of its own, and the edge that it takes jobs from: a set of public keys over HTTP, and the
 * private half to sign with. Whatever it asks mail hosts for goes to a server on loopback.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { exportJWK, generateKeyPair } from 'jose';
import type { ProbeJob } from '../../shared/job.ts';
import { signToken } from '../../shared/token.ts';
import { startLoopback } from '../edge/loopback.ts';

const KID = 'test';
const NODE_ID = 'under-test';

export type NodeProcess = {
  readonly url: string;
  /** Posts a signed job; NDJSON, parsed. */
  readonly probe: (job: ProbeJob) => Promise<readonly unknown[]>;
  /** Ends it as an operator does, and gives its exit code. */
  readonly stop: () => Promise<number | null>;
};

export type NodeCommand = {
  /** Arguments for Node: the file to run and what goes with it. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The port on 127.0.0.1 that `mx1.test` is. */
  readonly mailPort: number;
  readonly settings?: Readonly<Record<string, string>>;
};

export async function startNodeProcess({ args, cwd, mailPort, settings }: NodeCommand): Promise<NodeProcess> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: KID, alg: 'EdDSA', use: 'sig' }] };
  const edge = await startLoopback((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks)),
  );
  const child = spawn(process.execPath, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      PROBE_ID: NODE_ID,
      PROBE_EDGE: edge.url.href,
      PROBE_HELO: 'probe1.example.com',
      PROBE_LISTEN: '127.0.0.1:0',
      PROBE_ROUTES: `mx1.test=127.0.0.1:${mailPort}`,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const url = `http://127.0.0.1:${await listening(child)}`;
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
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      await edge.close();
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
