/**
 * The system under drill: the edge in workerd, nodes as processes, one mail server that counts its questions. Parts of
 * it can be ended and started again at the same addresses.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Keys, loadKeys } from '../../../cli/start/keys.ts';
import { type RunningNode, startNode } from '../../../cli/start/node.ts';
import { startDohServer } from '../../../probe-node/sandbox/doh-server.ts';
import type { Zone } from '../../../probe-node/sandbox/zone.ts';
import { type NodeReport, nodeReportSchema } from '../../../shared/enrolment.ts';
import { type MailServer, startMailServer } from '../../probe-node/mail-server.ts';
import { freePortRun, logOfNode } from '../system.ts';
import { type DrilledEdge, type DrillSize, type EdgeChanges, kindOfEdge, type RegistrySwitch } from './drilled-edge.ts';
import { ALL_DOMAINS, isMailbox, type Load, type LoadOptions, startLoad } from './load.ts';
import { type Relay, startRelay } from './relay.ts';

export type NodeSpec = {
  readonly id: string;
  readonly region: string;
  /** Behind a relay, which controls its jobs. */
  readonly isRelayed?: boolean;
  readonly settings?: Readonly<Record<string, string>>;
};

export type DrillNode = {
  readonly id: string;
  /** The address on which it listens itself. */
  readonly url: string;
  readonly relay: Relay | null;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ends it as an operator does, and starts it again out of its state folder. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
};

export type Ground = {
  readonly url: string;
  readonly size: DrillSize;
  readonly keys: Keys;
  readonly stateDir: string;
  readonly mail: MailServer;
  readonly nodes: readonly DrillNode[];
  /** A request of the operator. */
  readonly admin: (method: string, target: string, body?: object) => Promise<Response>;
  readonly listed: () => Promise<Readonly<Record<string, NodeReport>>>;
  readonly registry: RegistrySwitch;
  /** Puts the edge under load of its size. */
  readonly load: (options: Omit<LoadOptions, 'size'>) => Load;
  /** As `DrilledEdge.reopen`. */
  readonly reopenEdge: (changes: EdgeChanges) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** @param hasSwitch whether the registry is to go away */
export async function openGround(specs: readonly NodeSpec[], hasSwitch = false): Promise<Ground> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-drill-'));
  const port = await freePortRun(1 + specs.length);
  const mail = await startMailServer({ isKnown: isMailbox });
  const doh = await startDohServer(zone, null);
  const keys = await loadKeys(stateDir);
  const { size, start } = await kindOfEdge();
  const edge: DrilledEdge = await start({ port, stateDir, keys, sandboxDohUrl: doh.url }, hasSwitch);
  const { url, registry } = edge;
  const routes = ALL_DOMAINS.map((domain) => `mx.${domain}=127.0.0.1:${mail.port}`).join(',');
  const shared = { edgeUrl: url, adminToken: keys.ADMIN_TOKEN, stateDir, routes, isQuiet: true, log: logOfNode };
  const nodes = await Promise.all(
    specs.map((spec, index) =>
      openNode(spec, port + 1 + index, (settings) =>
        startNode({ ...shared, index, port: port + 1 + index, settings: { PROBE_PACE: 'off', ...settings } }),
      ),
    ),
  );
  const admin: Ground['admin'] = (method, target, body) =>
    fetch(new URL(target, url), {
      method,
      headers: { authorization: `Bearer ${keys.ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    url,
    size,
    keys,
    stateDir,
    mail,
    nodes,
    admin,
    listed: async () => {
      const list = (await (await admin('GET', '/v1/nodes')).json()) as { readonly nodes: readonly unknown[] };
      return Object.fromEntries(
        list.nodes.map((node) => nodeReportSchema().parse(node)).map((node) => [node.id, node]),
      );
    },
    registry,
    load: (options) => startLoad(url, { ...options, size }),
    reopenEdge: (changes) => edge.reopen(changes),
    close: async () => {
      await edge.close();
      // No node is left to be told.
      for (const { signal } of nodes) signal('SIGKILL');
      await Promise.all(nodes.map(({ stop }) => stop()));
      await Promise.all([...nodes.map(({ relay }) => relay?.close()), mail.close(), doh.close()]);
      // Wrangler may still be writing its log.
      await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

async function openNode(
  { id, region, isRelayed = false, settings = {} }: NodeSpec,
  port: number,
  run: (settings: Readonly<Record<string, string>>) => Promise<RunningNode>,
): Promise<DrillNode> {
  const url = `http://127.0.0.1:${port}/`;
  const relay = isRelayed ? await startRelay(url) : null;
  const seen = relay === null ? {} : { PROBE_URL: relay.url };
  const start = (): Promise<RunningNode> => run({ PROBE_ID: id, PROBE_REGION: region, ...seen, ...settings });
  let running = await start();
  return {
    id,
    url,
    relay,
    signal: (signal) => signalTo(running.pid, signal),
    stop: () => running.close(),
    start: async () => {
      running = await start();
    },
  };
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Every domain has a mail host of its own, so that each is a provider for itself. */
const zone: Zone = (asked, type) => {
  const name = asked.toLowerCase().replace(/\.$/, '');
  const address = ADDRESSES[name];
  if (address !== undefined && type === 'A') return { kind: 'records', records: [{ type, name, data: address }] };
  if (!ALL_DOMAINS.includes(name)) return { kind: address === undefined ? 'no_such_name' : 'no_data' };
  if (type !== 'MX') return { kind: 'no_data' };
  return { kind: 'records', records: [{ type, name, data: { preference: 10, exchange: `mx.${name}` } }] };
};

/** Hosts that a node could give for its own. */
const ADDRESSES: Readonly<Record<string, string>> = {
  'public.test': '8.8.8.8',
  'private.test': '10.0.0.1',
  'loopback.test': '127.0.0.1',
  'metadata.test': '169.254.169.254',
};
