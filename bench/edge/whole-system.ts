/**
 * The edge in plain workerd with enrolled nodes, a DNS server and a mail server, each at a given distance: measures the
 * wait of a caller, without a development server in between.
 */
import { Agent } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { PROTOCOL_VERSION, type ProbeJob } from '../../shared/job.ts';
import { signToken } from '../../shared/token.ts';
import { type EdgeStandIn, NODE_ID, type SignedJob } from '../edge-stand-in.ts';
import { startFarSide } from '../far-side.ts';
import { freePort } from '../free-port.ts';
import { type Answered, ask } from '../http-client.ts';
import { makeJoinToken } from '../join-token.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';
import type { BuiltWorker } from './built-worker.ts';
import { NO_BINDINGS, startWorkerd } from './workerd.ts';

/** Round trips in milliseconds. */
export type Distances = { readonly dnsMs: number; readonly nodeMs: number; readonly mailMs: number };

export type WholeSystem = {
  readonly url: string;
  /** Milliseconds to the verdict; throws unless the verdict is that the mailbox exists. */
  readonly verify: (email: string) => Promise<number>;
  /** The reason of the verdict, whichever it is. */
  readonly reasonOf: (email: string) => Promise<string>;
  readonly warm: (domain: string) => Promise<void>;
  /** Milliseconds to the evidence of the first node, asked the way the edge asks it. */
  readonly askNode: (domain: string) => Promise<number>;
  /** Sessions that the first node has opened so far, greeting and EHLO done. */
  readonly openedSessions: () => Promise<number>;
  readonly nodes: readonly NodeUnderTest[];
  readonly stop: () => Promise<void>;
};

/** Domains named `d0.test`, `d1.test` and so on; every mailbox `known…` exists there. */
export async function startWholeSystem(
  machine: Machine,
  standIn: EdgeStandIn,
  worker: BuiltWorker,
  domains: number,
  distances: Distances,
  nodeCount = 1,
): Promise<WholeSystem> {
  const farSide = await startFarSide();
  const parts: (() => Promise<void>)[] = [farSide.stop];
  const stop = async (): Promise<void> => {
    for (const end of parts.reverse()) await end();
  };
  const far = async (toPort: number, rttMs: number): Promise<number> =>
    rttMs === 0 ? toPort : (await farSide.call('link', { toPort, rttMs })).port;
  const doh = new URL((await farSide.call('doh', null)).url);
  doh.port = String(await far(Number(doh.port), distances.dnsMs));
  const mail = await farSide.call('mail', { isCatchAll: false });
  const routes: string[] = [];
  for (let number = 0; number < domains; number += 1) {
    // At a distance each domain has an endpoint of its own, because all names of one endpoint share its sessions.
    routes.push(`mx.d${number}.test=127.0.0.1:${await far(mail.port, distances.mailMs)}`);
  }
  const keys = await makeKeys();
  const edge = await startWorkerd(machine, worker, {
    ...NO_BINDINGS,
    texts: { ...keys.texts, SANDBOX_DOH_URL: doh.href, NODE_URLS: 'loopback', ANONYMOUS_DAILY_QUOTA: 'unlimited' },
    kv: ['MEMORY'],
    queues: ['RECHECKS'],
    buckets: ['FILES'],
    objects: { REGISTRY: 'RegistryObject', QUOTA: 'QuotaObject' },
  });
  parts.push(edge.stop);
  const nodes: NodeUnderTest[] = [];
  for (let index = 0; index < nodeCount; index += 1) {
    const port = await freePort();
    const node = await startNode(machine, standIn, {
      PROBE_ID: index === 0 ? NODE_ID : `${NODE_ID}${index}`,
      PROBE_EDGE: edge.url,
      PROBE_TOKEN: await makeJoinToken(edge.url, keys.texts.ADMIN_TOKEN),
      PROBE_LISTEN: `127.0.0.1:${port}`,
      PROBE_URL: `http://127.0.0.1:${await far(port, distances.nodeMs)}`,
      PROBE_ROUTES: routes.join(','),
    });
    parts.push(node.stop);
    nodes.push(node);
  }
  const agent = new Agent({ keepAlive: true });
  parts.push(async () => agent.destroy());
  const [first] = nodes;
  if (first === undefined) throw new Error('a system needs a node');
  return {
    url: edge.url,
    verify: (email) => verify(agent, edge.url, email),
    warm: (domain) => warm(edge.url, domain),
    reasonOf: (email) => reasonOf(agent, edge.url, email),
    askNode: async (domain) => (await first.post(await keys.sign(domain))).ms,
    openedSessions: () => first.metric('vrfy_phase_seconds_count', 'phase="ehlo"'),
    nodes,
    stop,
  };
}

async function makeKeys() {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const kid = 'bench';
  const sign = async (domain: string): Promise<SignedJob> => {
    const job: ProbeJob = {
      version: PROTOCOL_VERSION,
      domain,
      provider: null,
      mail_hosts: [{ host: `mx.${domain}`, preference: 10 }],
      recipients: [{ id: 0, address: `known.anna@${domain}` }],
      catch_all: 'ask',
      deadline_ms: 10_000,
    };
    const body = new TextEncoder().encode(JSON.stringify(job));
    const token = await signToken({ kid, key: privateKey }, NODE_ID, body, Date.now());
    return { body: Buffer.from(body), token, recipients: 1 };
  };
  const texts = {
    PROBE_SIGNING_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), kid }),
    CACHE_KEY: crypto.randomUUID(),
    ADMIN_TOKEN: crypto.randomUUID(),
  };
  return { texts, sign };
}

async function verify(agent: Agent, url: string, email: string): Promise<number> {
  const { text, ms } = await askFor(agent, url, email);
  const { reason } = JSON.parse(text) as { reason: string };
  if (reason !== 'accepted') throw new Error(`a known mailbox was answered with ${reason}`);
  return ms;
}

async function reasonOf(agent: Agent, url: string, email: string): Promise<string> {
  return (JSON.parse((await askFor(agent, url, email)).text) as { reason: string }).reason;
}

function askFor(agent: Agent, url: string, email: string): Promise<Answered> {
  return ask(agent, `${url}/v1/verify?email=${encodeURIComponent(email)}`);
}

async function warm(url: string, domain: string): Promise<void> {
  const response = await fetch(`${url}/v1/warm`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ domain }),
  });
  if (response.status !== 202) throw new Error(`warming was answered with ${response.status}`);
}
