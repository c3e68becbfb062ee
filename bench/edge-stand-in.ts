/**
 * A stand-in for the edge: it enrols the node, publishes its public keys over HTTP, and signs jobs with the private
 * one.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type { ProbeBundle, ProbeJob } from '../shared/job.ts';
import { signToken } from '../shared/token.ts';

/** A job or bundle ready to be posted; signed in advance, since signing is the edge's work and not the node's. */
export type SignedJob = { readonly body: Buffer; readonly token: string; readonly recipients: number };

export type EdgeStandIn = {
  readonly url: string;
  readonly sign: (job: ProbeJob | ProbeBundle) => Promise<SignedJob>;
  readonly close: () => void;
};

const KID = 'bench';
export const NODE_ID = 'bench';

export async function startEdgeStandIn(): Promise<EdgeStandIn> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: KID, alg: 'EdDSA', use: 'sig' }] });
  const answers: Readonly<Record<string, string>> = {
    '/v1/nodes/enrol': JSON.stringify({ id: NODE_ID, region: 'bench' }),
    '/v1/nodes/heartbeat': JSON.stringify({ state: 'active', is_protocol_known: true, key_ids: [KID] }),
  };
  const server = createServer(({ url = '' }, response) => {
    response.setHeader('content-type', 'application/json').end(answers[url] ?? keys);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sign: async (job) => {
      const body = new TextEncoder().encode(JSON.stringify(job));
      const token = await signToken({ kid: KID, key: privateKey }, NODE_ID, body, Date.now(), 60);
      const jobs = 'jobs' in job ? job.jobs : [job];
      const recipients = jobs.reduce((sum, { recipients }) => sum + recipients.length, 0);
      return { body: Buffer.from(body), token, recipients };
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type JobOptions = {
  readonly domain: string;
  /** The host asked; `mx.` of the domain by default. */
  readonly host?: string;
  readonly localParts: readonly string[];
  readonly deadlineMs?: number;
};

export function makeJob({ domain, host, localParts, deadlineMs }: JobOptions): ProbeJob {
  return {
    version: 1,
    domain,
    provider: null,
    mail_hosts: [{ host: host ?? `mx.${domain}`, preference: 10 }],
    recipients: localParts.map((localPart, id) => ({ id, address: `${localPart}@${domain}` })),
    catch_all: 'ask',
    deadline_ms: deadlineMs ?? 30_000,
  };
}

/** The jobs as one bundle, with ids that are unique within it. */
export function makeBundle(jobs: readonly ProbeJob[]): ProbeBundle {
  let id = 0;
  const renumbered = jobs.map((job) => ({
    ...job,
    recipients: job.recipients.map(({ address }) => ({ id: id++, address })),
  }));
  return { version: 1, jobs: renumbered };
}
