/**
 * A registry without an object: its service over Maps, a clock set by hand, and nodes with keys of their own that sign as
 * real ones do.
 */
import { exportJWK, generateKeyPair } from 'jose';
import type { Env } from '../../../edge/env.ts';
import type { EnrolPorts } from '../../../edge/nodes/registry/enrol.ts';
import type { Forgotten } from '../../../edge/nodes/registry/forgotten.ts';
import type { JoinToken, NodeRecord } from '../../../edge/nodes/registry/registry.ts';
import {
  createRegistryService,
  type HeartbeatMessage,
  type Registry,
  type RegistryStore,
} from '../../../edge/nodes/registry/registry-service.ts';
import type { EnrolRequest, Heartbeat, MinuteCounts, PublicKey } from '../../../shared/enrolment.ts';
import { PROTOCOL_VERSION } from '../../../shared/job.ts';
import { type SigningKey, signToken } from '../../../shared/token.ts';

export const EDGE = 'https://edge.example';
export const START_MS = Date.UTC(2026, 0, 1);

export type TestNode = {
  readonly id: string;
  readonly url: string;
  readonly key: PublicKey;
  readonly privateKey: SigningKey['key'];
  readonly request: (token: string, changes?: Partial<EnrolRequest>) => EnrolRequest;
  readonly message: (
    heartbeat: Heartbeat,
    nowMs: number,
    changes?: Partial<HeartbeatMessage>,
  ) => Promise<HeartbeatMessage>;
};

export type RegistryWorld = {
  readonly service: Registry;
  readonly store: RegistryStore;
  readonly published: readonly string[];
  readonly nowMs: () => number;
  readonly advance: (ms: number) => void;
  /** Makes a token, claims and settles, as after a challenge that went well. */
  readonly join: (node: TestNode, region?: string) => Promise<void>;
  readonly beat: (node: TestNode, changes?: Partial<Heartbeat>) => ReturnType<Registry['heartbeat']>;
  /** The registry as it comes back over the same records. */
  readonly restart: () => Registry;
};

export function mapRegistryStore(): RegistryStore {
  const nodes = new Map<string, NodeRecord>();
  const tokens = new Map<string, JoinToken>();
  const minutes = new Map<string, MinuteCounts>();
  let forgotten: readonly Forgotten[] = [];
  return {
    nodes: () => [...nodes.values()],
    node: (id) => nodes.get(id) ?? null,
    putNode: (node) => void nodes.set(node.id, node),
    token: (hash) => tokens.get(hash) ?? null,
    putToken: (token) => void tokens.set(token.hash, token),
    forgotten: () => forgotten,
    putForgotten: (spans) => {
      forgotten = spans;
    },
    forgetBefore: (timeMs) => {
      for (const { hash, expiresAtMs } of tokens.values()) if (expiresAtMs < timeMs) tokens.delete(hash);
      for (const { id, removedAtMs } of nodes.values()) if ((removedAtMs ?? timeMs) < timeMs) nodes.delete(id);
    },
    putMinutes: (node, rows) => {
      for (const row of rows) minutes.set(`${row.minute} ${node}`, row);
    },
    minutes: (from, to) => [...minutes.values()].filter(({ minute }) => minute >= from && minute <= to),
    condenseMinutes: (first) => {
      for (const [key, { minute }] of minutes) if (minute < first) minutes.delete(key);
    },
  };
}

export function createRegistryWorld(publish?: (text: string) => Promise<void>): RegistryWorld {
  const store = mapRegistryStore();
  const published: string[] = [];
  let nowMs = START_MS;
  const open = (): Registry =>
    createRegistryService(store, {
      nowMs: () => nowMs,
      randomOctets: () => crypto.getRandomValues(new Uint8Array(32)),
      publish: async (text) => {
        await publish?.(text);
        published.push(text);
      },
    });
  const service = open();
  return {
    service,
    store,
    published,
    nowMs: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    join: async (node, region = 'eu-central') => {
      const { token } = await service.makeToken(region, 3600);
      const request = node.request(token);
      for (const step of [await service.claim(request), await service.settle(request, null)]) {
        if (step.kind !== 'member') throw new Error(step.code);
      }
    },
    beat: async (node, changes = {}) => service.heartbeat(await node.message(heartbeatOf(nowMs, changes), nowMs)),
    restart: open,
  };
}

export async function createTestNode(id: string, url = `https://${id}.example/`): Promise<TestNode> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  const { x = '' } = await exportJWK(publicKey);
  const key: PublicKey = { kty: 'OKP', crv: 'Ed25519', x };
  return {
    id,
    url,
    key,
    privateKey,
    request: (token, changes = {}) => ({ token, id, region: null, url, key, ...changes }),
    message: async (heartbeat, nowMs, changes = {}) => {
      const body = new TextEncoder().encode(JSON.stringify(heartbeat));
      const token = await signToken({ kid: id, key: privateKey }, EDGE, body, nowMs, 30, id);
      return { token, body, edge: EDGE, provenUrl: null, ...changes };
    },
  };
}

export function heartbeatOf(sentAtMs: number, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    sent_at_ms: sentAtMs,
    protocol: PROTOCOL_VERSION,
    version: '0.1.0',
    rules_version: 'abc',
    is_draining: false,
    is_fit: true,
    running_jobs: 0,
    capacity: 100,
    sources: [],
    standings: [],
    phases: { dns: null, connect: null, greeting: null, ehlo: null, job: null },
    findings: [],
    ...changes,
  };
}

/** A record as the rules see it. */
export function recordOf(id: string, changes: Partial<NodeRecord> = {}): NodeRecord {
  return {
    id,
    url: `https://${id}.example/`,
    region: 'eu-central',
    network: null,
    key: { kty: 'OKP', crv: 'Ed25519', x: id.padEnd(43, 'x') },
    enrolledAtMs: START_MS,
    isUrlProven: true,
    isDrainWished: false,
    removedAtMs: null,
    heartbeat: heartbeatOf(START_MS),
    heardAtMs: START_MS,
    looks: { asked: 0, disputed: 0 },
    ...changes,
  };
}

/** Stands in for a binding of tests that call no registry. */
export function noRegistry(): Env['REGISTRY'] {
  return {
    getByName: () => {
      throw new Error('there is no registry here');
    },
  };
}

/** Stands in for a binding of tests that count nothing. */
export function noQuota(): Env['QUOTA'] {
  return {
    getByName: () => {
      throw new Error('nothing is counted here');
    },
  };
}

/** The ports of the node routes without nodes. */
export function nobodysNodes(): EnrolPorts {
  return {
    registry: createRegistryWorld().service,
    screen: async () => null,
    lookUp: async () => ({ kind: 'nxdomain' }),
    urls: { allowsLoopback: false },
    fetch: async () => Promise.reject(new TypeError('nobody is there')),
    makeNonce: () => crypto.randomUUID(),
  };
}
