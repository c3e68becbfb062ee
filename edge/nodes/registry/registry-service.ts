/**
 * The service over the registry's records: reads them, asks the rules (registry.ts), writes the outcome. Runs inside
 * one Durable Object, so that reads and writes without an await in between never interleave with another request.
 *
 * Its store is synchronous; slow work (hashes, signatures) is done before the deciding records are read. Results are
 * values: a Problem would not survive the RPC to the worker.
 */
import { base64url } from 'jose';
import type { BackedUp, RestoreOutcome } from '../../../shared/backup.ts';
import {
  type EnrolRequest,
  type HeartbeatAnswer,
  type HistorySpan,
  JOIN_TOKEN,
  type MinuteCounts,
  type NodeHistory,
  type NodeReport,
  type NodeState,
  type PublicKey,
} from '../../../shared/enrolment.ts';
import { toProblem } from '../../../shared/problem.ts';
import { readKid, verifyToken } from '../../../shared/token.ts';
import { type Forgotten, living, withForgotten, withRestored } from './forgotten.ts';
import { historyOf, keptFrom, minutesOf, newMinutes, settledBefore } from './history.ts';
import { readHeartbeat } from './read-heartbeat.ts';
import {
  backedUp,
  claimed,
  enrolled,
  hear,
  isProtocolKnown,
  type JoinToken,
  looked,
  type NodeRecord,
  type Refusal,
  recordOfBackup,
  refusalToJoin,
  refuse,
  reportOf,
  settled,
  stateOf,
  type Wake,
} from './registry.ts';
import { writeRoster } from './roster-copy.ts';

/** The store of the records. */
export type RegistryStore = {
  /** Includes removed nodes. */
  nodes(): readonly NodeRecord[];
  node(id: string): NodeRecord | null;
  putNode(node: NodeRecord): void;
  token(hash: string): JoinToken | null;
  putToken(token: JoinToken): void;
  /** Nodes whose reports are not believed for a span of time. */
  forgotten(): readonly Forgotten[];
  putForgotten(spans: readonly Forgotten[]): void;
  /** Deletes tokens that have expired, and nodes that were removed, before this time. */
  forgetBefore(timeMs: number): void;
  /** Keeps one row for each node and minute: a second one replaces the first. */
  putMinutes(node: string, minutes: readonly MinuteCounts[]): void;
  /** Rows of these minutes, both included; those of one minute may come as their sum. */
  minutes(from: number, to: number): readonly MinuteCounts[];
  /** Forgets minutes before `from`, and keeps one row for all nodes of each minute before `settled`. */
  condenseMinutes(from: number, settled: number): void;
};

export type RegistryServicePorts = {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** 32 unguessable octets. */
  readonly randomOctets: () => Uint8Array;
  /** Publishes the snapshot for isolates that begin while the registry is away. */
  readonly publish: (roster: string) => Promise<void>;
};

type MadeToken = { readonly token: string; readonly region: string; readonly expiresAtMs: number };
export type JoinedNode = { readonly kind: 'member'; readonly id: string; readonly region: string };
export type HeartbeatMessage = {
  /** The node's bearer token. */
  readonly token: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Origin under which the edge was called: the audience. */
  readonly edge: string;
  /** URL that a challenge has just proved to be the node's, or null. */
  readonly provenUrl: string | null;
};
export type HeartbeatTaken = { readonly kind: 'heard' } & Omit<HeartbeatAnswer, 'key_ids'>;
/** The node reports another URL: challenge it there before the heartbeat counts. */
type NodeMoved = { readonly kind: 'moved'; readonly id: string; readonly url: string; readonly key: PublicKey };

/** What a back-up has of the registry. */
export type RegistryEntry = BackedUp<'node'> | BackedUp<'forgotten'>;

/** By id: a text that changes with the report of the node. */
export type NodeStamps = Readonly<Record<string, string>>;
type NodeChanges = { readonly stamps: NodeStamps; readonly nodes: readonly NodeReport[] };

/** The interface of the registry for the edge. */
export type Registry = {
  makeToken(region: string, ttlSeconds: number): Promise<MadeToken>;
  /** Claims the token for this node during its challenge. */
  claim(request: EnrolRequest): Promise<JoinedNode | Refusal>;
  /** Ends the claim: the node is enrolled, or the token is free again. */
  settle(request: EnrolRequest, network: string | null): Promise<JoinedNode | Refusal>;
  giveBack(request: EnrolRequest): Promise<void>;
  heartbeat(message: HeartbeatMessage): Promise<HeartbeatTaken | NodeMoved | Refusal>;
  list(): Promise<readonly NodeReport[]>;
  /**
   * Reports of the nodes that have changed, for a caller that polls.
   *
   * @param known the stamps of the last answer
   */
  changes(known: NodeStamps): Promise<NodeChanges>;
  history(span: HistorySpan): Promise<NodeHistory>;
  /** The node in its new state, or null if it does not exist. */
  setDraining(id: string, isDrainWished: boolean): Promise<NodeReport | null>;
  /**
   * False if the node does not exist.
   *
   * @param forgetSinceMs reports of the node since then are no longer believed, even if it was removed before; null to go on
   *   believing all of them
   */
  remove(id: string, forgetSinceMs: number | null): Promise<boolean>;
  /**
   * Records a second look at a mailbox; disputed if the second node found the mailbox alive that the first reports as
   * refused.
   */
  noteLook(nodes: readonly [string, string], isDisputed: boolean): Promise<void>;
  /** The snapshot (roster-copy.ts). */
  roster(): Promise<string>;
  /** All nodes that are not removed, and the spans for which a removed one is not believed. */
  backUp(): Promise<readonly RegistryEntry[]>;
  /** Takes an entry back if it is missing. @param isDry tells the outcome only */
  restore(entry: RegistryEntry, isDry: boolean): Promise<RestoreOutcome>;
};

/** Milliseconds for which one snapshot is handed out, unless a node joins, leaves or changes its state by command. */
const ROSTER_MS = 1_000;
/** Milliseconds between two copies: KV takes one write a second per key, and each is paid for. */
export const PUBLISH_MS = 30_000;
/** Milliseconds for which expired tokens and removed nodes are remembered, so that the refusal can name the reason. */
const REMEMBERED_MS = 30 * 86_400_000;
/** Milliseconds after which minutes are condensed again. */
const CONDENSE_MS = 600_000;

export function createRegistryService(store: RegistryStore, ports: RegistryServicePorts): Registry {
  const { nowMs } = ports;
  const wake: Wake = {
    atMs: nowMs(),
    latestHeardMs: Math.max(0, ...store.nodes().map(({ heardAtMs }) => heardAtMs ?? 0)),
  };
  let taken = { text: '', atMs: Number.NEGATIVE_INFINITY };
  let publishedAtMs = Number.NEGATIVE_INFINITY;
  const snapshot = (): string => {
    if (nowMs() - taken.atMs >= ROSTER_MS) {
      const spans = living(store.forgotten(), nowMs());
      taken = { text: writeRoster(store.nodes(), nowMs(), wake, spans), atMs: nowMs() };
    }
    return taken.text;
  };
  /** @param isMembership true if a node has come, gone or changed by command, which isolates must learn at once */
  const changed = async (isMembership: boolean): Promise<void> => {
    if (isMembership) taken = { text: '', atMs: Number.NEGATIVE_INFINITY };
    if (!isMembership && nowMs() - publishedAtMs < PUBLISH_MS) return;
    publishedAtMs = nowMs();
    // If a copy cannot be written, the next heartbeat writes one.
    await ports.publish(snapshot()).catch(() => {
      publishedAtMs = Number.NEGATIVE_INFINITY;
    });
  };
  const lastMinutes = new Map<string, number>();
  let condensedAtMs = Number.NEGATIVE_INFINITY;
  const keepMinutes = (id: string, reported: readonly MinuteCounts[]): void => {
    const minutes = newMinutes(reported, lastMinutes.get(id) ?? 0, nowMs());
    if (minutes.length === 0) return;
    store.putMinutes(id, minutes);
    lastMinutes.set(id, Math.max(...minutes.map(({ minute }) => minute)));
    if (nowMs() - condensedAtMs < CONDENSE_MS) return;
    condensedAtMs = nowMs();
    store.condenseMinutes(keptFrom(nowMs()), settledBefore(nowMs()));
  };
  const present = (): readonly NodeRecord[] => store.nodes().filter(({ removedAtMs }) => removedAtMs === null);
  const tokenOf = async (request: EnrolRequest): Promise<JoinToken | Refusal> => {
    const hash = await hashOf(request.token);
    const token = JOIN_TOKEN.test(request.token) ? store.token(hash) : null;
    if (token === null) return refuse('join_token_unknown', 'The edge has made no such token, or it has long expired.');
    return refusalToJoin(request, token, store.nodes(), nowMs()) ?? token;
  };
  return {
    makeToken: async (region, ttlSeconds) => {
      const token = `vrfy_join_${base64url.encode(ports.randomOctets())}`;
      const hash = await hashOf(token);
      const expiresAtMs = nowMs() + ttlSeconds * 1000;
      store.forgetBefore(nowMs() - REMEMBERED_MS);
      store.putToken({ hash, region, expiresAtMs, claimedBy: null, claimedUntilMs: 0, usedBy: null });
      return { token, region, expiresAtMs };
    },
    claim: async (request) => {
      const token = await tokenOf(request);
      if ('kind' in token) return token;
      store.putToken(claimed(token, request.key.x, nowMs()));
      return { kind: 'member', id: request.id, region: token.region };
    },
    settle: async (request, network) => {
      const token = await tokenOf(request);
      if ('kind' in token) return token;
      store.putToken(settled(token, request.key.x, true));
      store.putNode(enrolled(request, { region: token.region, network }, store.node(request.id), nowMs()));
      await changed(true);
      return { kind: 'member', id: request.id, region: token.region };
    },
    giveBack: async (request) => {
      const token = store.token(await hashOf(request.token));
      if (token?.claimedBy === request.key.x) store.putToken(settled(token, request.key.x, false));
    },
    heartbeat: async (message) => {
      const signer = await signerOf(message, store, nowMs());
      if ('kind' in signer) return signer;
      const heartbeat = readHeartbeat(message.body);
      if ('kind' in heartbeat) return heartbeat;
      // Read again: during the signature check the node may have been removed, or have sent another heartbeat.
      const node = store.node(signer.id);
      if (node === null || node.key.x !== signer.key.x) return refuse('node_unknown', 'The node is not enrolled.');
      const others = store.nodes().filter(({ id }) => id !== node.id);
      const hearing = hear(node, heartbeat, message.provenUrl, others, nowMs());
      if (hearing.kind === 'refused') return hearing;
      if (hearing.kind === 'moved') return { ...hearing, id: node.id, key: node.key };
      const before = stateOf(node, nowMs(), wake);
      store.putNode(hearing.node);
      keepMinutes(node.id, heartbeat.minutes ?? []);
      const state = stateOf(hearing.node, nowMs(), wake);
      await changed(before !== state || node.url !== hearing.node.url);
      return { kind: 'heard', state, is_protocol_known: isProtocolKnown(heartbeat) };
    },
    list: async () => present().map((node) => reportOf(node, nowMs(), wake)),
    changes: async (known) => {
      const stamped = present().map((node) => ({ node, stamp: stampOf(node, stateOf(node, nowMs(), wake)) }));
      return {
        stamps: Object.fromEntries(stamped.map(({ node, stamp }) => [node.id, stamp])),
        nodes: stamped
          .filter(({ node, stamp }) => known[node.id] !== stamp)
          .map(({ node }) => reportOf(node, nowMs(), wake)),
      };
    },
    history: async (span) => {
      const { from, to } = minutesOf(span, nowMs());
      return historyOf(span, store.minutes(from, to), nowMs());
    },
    setDraining: async (id, isDrainWished) => {
      const node = store.node(id);
      if (node === null || node.removedAtMs !== null) return null;
      const next = { ...node, isDrainWished };
      store.putNode(next);
      await changed(true);
      return reportOf(next, nowMs(), wake);
    },
    remove: async (id, forgetSinceMs) => {
      const node = store.node(id);
      if (node === null || (node.removedAtMs !== null && forgetSinceMs === null)) return false;
      const removedAtMs = node.removedAtMs ?? nowMs();
      store.putNode({ ...node, removedAtMs, heartbeat: null });
      if (forgetSinceMs !== null) {
        store.putForgotten(withForgotten(store.forgotten(), { id, sinceMs: forgetSinceMs, removedAtMs }, nowMs()));
      }
      await changed(true);
      return true;
    },
    noteLook: async (nodes, isDisputed) => {
      for (const id of nodes) {
        const node = store.node(id);
        if (node !== null) store.putNode(looked(node, isDisputed));
      }
    },
    roster: async () => snapshot(),
    backUp: async () => [
      ...store
        .nodes()
        .filter(({ removedAtMs }) => removedAtMs === null)
        .map(backedUp),
      ...living(store.forgotten(), nowMs()).map(({ id, sinceMs, untilMs }) => ({
        entry: 'forgotten' as const,
        node: id,
        since: new Date(sinceMs).toISOString(),
        until: new Date(untilMs).toISOString(),
      })),
    ],
    restore: async (entry, isDry) => {
      if (entry.entry === 'node') {
        const record = recordOfBackup(entry, store.nodes(), nowMs());
        if (record === null) return { outcome: 'kept', detail: null };
        if ('kind' in record) return { outcome: 'refused', detail: record.detail };
        if (!isDry) store.putNode(record);
      } else {
        const span = { id: entry.node, sinceMs: Date.parse(entry.since), untilMs: Date.parse(entry.until) };
        const spans = withRestored(store.forgotten(), span, nowMs());
        if (spans === null) return { outcome: 'kept', detail: null };
        if (!isDry) store.putForgotten(spans);
      }
      if (!isDry) await changed(true);
      return { outcome: 'restored', detail: null };
    },
  };
}

/** The node whose key has signed the message, or the refusal. */
async function signerOf(
  { token, body, edge }: HeartbeatMessage,
  store: RegistryStore,
  nowMs: number,
): Promise<{ readonly id: string; readonly key: PublicKey } | Refusal> {
  try {
    const id = readKid(token);
    const node = store.node(id);
    if (node === null) return refuse('node_unknown', 'The node is not enrolled. It can join with a token.');
    await verifyToken(token, async () => ({ ...node.key, alg: 'EdDSA' }), edge, body, nowMs, id);
    return { id, key: node.key };
  } catch (error) {
    const { code, detail } = toProblem(error);
    return refuse(code, detail);
  }
}

/** Of all that a report is made of and that can change. */
function stampOf({ enrolledAtMs, heardAtMs, url, looks }: NodeRecord, state: NodeState): string {
  return [enrolledAtMs, heardAtMs, state, looks.asked, looks.disputed, url].join(' ');
}

async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return base64url.encode(new Uint8Array(digest));
}
