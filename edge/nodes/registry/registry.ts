/**
 * The rules of the registry: which nodes may join, which are known, and the state of each. Pure.
 *
 * A node joins with a one-time token of its region, under an id and a URL that no other live node has. Its state is
 * computed from its operator's wish and its last heartbeat, never set by a timer: a node that falls silent is lost at
 * the next look, and back with its next heartbeat. A refused request changes nothing.
 *
 * Before it: registry-service.ts, which keeps the records; roster-copy.ts, which makes the snapshot of them.
 */
import type { BackedUp } from '../../../shared/backup.ts';
import {
  type EnrolRequest,
  type Heartbeat,
  LOST_AFTER_SECONDS,
  type NodeReport,
  type NodeState,
  type PublicKey,
} from '../../../shared/enrolment.ts';
import { PROTOCOL_VERSION } from '../../../shared/job.ts';
import type { FieldFault, ProblemCode } from '../../../shared/problem.ts';

export type NodeRecord = {
  readonly id: string;
  /** Origin and slash, as `URL` serialises it. */
  readonly url: string;
  readonly region: string;
  /** ASN if known: nodes of one network share a reputation. */
  readonly network: string | null;
  readonly key: PublicKey;
  readonly enrolledAtMs: number;
  /** False of a node that a back-up has brought back: its URL is challenged before its first heartbeat counts. */
  readonly isUrlProven: boolean;
  /** The operator wants it to take no more jobs. */
  readonly isDrainWished: boolean;
  /** A removed node is remembered, so that it can be told. */
  readonly removedAtMs: number | null;
  /** The last accepted heartbeat, and its time by our own clock. */
  readonly heartbeat: Heartbeat | null;
  readonly heardAtMs: number | null;
  /** Refusals of a mailbox that a second node checked, and the number in which that node found the mailbox alive. */
  readonly looks: { readonly asked: number; readonly disputed: number };
};

export type JoinToken = {
  /** SHA-256 of the token: the token itself is not stored. */
  readonly hash: string;
  readonly region: string;
  readonly expiresAtMs: number;
  /** Public key of the node that is joining with it now; released if that fails. */
  readonly claimedBy: string | null;
  readonly claimedUntilMs: number;
  /** Public key of the node that has joined with it. */
  readonly usedBy: string | null;
};

/**
 * Start of the registry, and the last heartbeat of any node before that: heartbeats during its absence were not
 * received, and their absence must not count against a node.
 */
export type Wake = { readonly atMs: number; readonly latestHeardMs: number };

/** A refusal as a value; the route turns it into a Problem (a Problem does not survive an RPC). */
export type Refusal = {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
};

/** Told to a removed node, and of one in a back-up. */
const REMOVED = 'The operator has removed this node. It joins again with a new token: vrfy nodes token REGION';
/** Milliseconds for which a token is claimed by a joining node: longer than a challenge takes. */
const CLAIM_MS = 30_000;
export const NO_LOOKS: NodeRecord['looks'] = { asked: 0, disputed: 0 };
const LOST_AFTER_MS = LOST_AFTER_SECONDS * 1000;

export function refuse(code: ProblemCode, detail: string): Refusal {
  return { kind: 'refused', code, detail };
}

export function stateOf(node: NodeRecord, nowMs: number, wake: Wake): NodeState {
  const { heartbeat, heardAtMs, enrolledAtMs } = node;
  if (heartbeat === null || heardAtMs === null) return nowMs - enrolledAtMs > LOST_AFTER_MS ? 'lost' : 'joining';
  const wasThere = heardAtMs >= wake.latestHeardMs - LOST_AFTER_MS;
  const silentSinceMs = wasThere ? Math.max(heardAtMs, wake.atMs) : heardAtMs;
  // A node that has said goodbye is lost without the registry's grace.
  if (nowMs - (heartbeat.is_draining ? heardAtMs : silentSinceMs) > LOST_AFTER_MS) return 'lost';
  if (node.isDrainWished || heartbeat.is_draining) return 'draining';
  return heartbeat.is_fit && isProtocolKnown(heartbeat) ? 'active' : 'resting';
}

export function isProtocolKnown({ protocol }: Pick<Heartbeat, 'protocol'>): boolean {
  return protocol === PROTOCOL_VERSION;
}

/** The reason why a node may not join with this token, or null. Checked before the challenge and again after it. */
export function refusalToJoin(
  request: EnrolRequest,
  token: JoinToken,
  nodes: readonly NodeRecord[],
  nowMs: number,
): Refusal | null {
  const { x } = request.key;
  const isInUse = token.claimedBy !== null && token.claimedBy !== x && token.claimedUntilMs > nowMs;
  const isOwn = token.usedBy === x && nodes.some(({ key, removedAtMs }) => key.x === x && removedAtMs === null);
  if (isInUse || (token.usedBy !== null && !isOwn)) {
    return refuse('join_token_used', 'A token is good for one node. Make another one: vrfy nodes token REGION');
  }
  if (token.expiresAtMs <= nowMs) {
    return refuse('join_token_expired', 'The token has expired. Make another one: vrfy nodes token REGION');
  }
  if (request.region !== null && request.region !== token.region) {
    return refuse('join_token_region', `The token is for ${token.region}, the node says ${request.region}.`);
  }
  const others = nodes.filter(({ key }) => key.x !== x).filter((node) => isLive(node, nowMs));
  if (others.some(({ id }) => id === request.id)) {
    return refuse(
      'node_id_taken',
      `There is a live node ${request.id} with another key. Give this one another PROBE_ID.`,
    );
  }
  return refusalOfUrl(request.url, others);
}

/** The record of an enrolled node. A node that joins again with its own key keeps its operator's decisions. */
export function enrolled(
  request: EnrolRequest,
  { region, network }: { readonly region: string; readonly network: string | null },
  before: NodeRecord | null,
  nowMs: number,
): NodeRecord {
  const isSame = before !== null && before.removedAtMs === null && before.key.x === request.key.x;
  return {
    id: request.id,
    url: request.url,
    region,
    network,
    key: request.key,
    enrolledAtMs: nowMs,
    isUrlProven: true,
    isDrainWished: isSame && before.isDrainWished,
    removedAtMs: null,
    heartbeat: isSame ? before.heartbeat : null,
    heardAtMs: isSame ? before.heardAtMs : null,
    looks: isSame ? before.looks : NO_LOOKS,
  };
}

/** A node as a back-up keeps it. */
export function backedUp({ id, url, region, network, key, isDrainWished }: NodeRecord): BackedUp<'node'> {
  return { entry: 'node', id, url, region, network, key, is_draining: isDrainWished };
}

/** The record of a node from a back-up, null if there is such a node, or the reason why it cannot come back. */
export function recordOfBackup(
  { entry: _, is_draining: isDrainWished, key, ...node }: BackedUp<'node'>,
  nodes: readonly NodeRecord[],
  nowMs: number,
): NodeRecord | Refusal | null {
  const before = nodes.find(({ id }) => id === node.id);
  if (before !== undefined && before.removedAtMs === null) return null;
  // Its key may be in the wrong hands by now.
  if (before?.key.x === key.x) {
    return refuse('node_removed', REMOVED);
  }
  const others = nodes.filter(({ removedAtMs }) => removedAtMs === null);
  const holder = others.find((other) => other.key.x === key.x);
  if (holder !== undefined) return refuse('node_id_taken', `The node ${holder.id} has the key of this one.`);
  const url = URL.parse(node.url)?.href ?? node.url;
  return (
    refusalOfUrl(url, others) ?? {
      ...node,
      url,
      key,
      isDrainWished,
      enrolledAtMs: nowMs,
      isUrlProven: false,
      removedAtMs: null,
      heartbeat: null,
      heardAtMs: null,
      looks: NO_LOOKS,
    }
  );
}

/** Adds a second look at a refusal to the record of one of its two nodes. */
export function looked(node: NodeRecord, isDisputed: boolean): NodeRecord {
  const { asked, disputed } = node.looks;
  return { ...node, looks: { asked: asked + 1, disputed: disputed + (isDisputed ? 1 : 0) } };
}

export function claimed(token: JoinToken, keyX: string, nowMs: number): JoinToken {
  return { ...token, claimedBy: keyX, claimedUntilMs: nowMs + CLAIM_MS };
}

/** The token after the challenge: spent, or free again, so that the operator can fix the fault and try anew. */
export function settled(token: JoinToken, keyX: string, hasJoined: boolean): JoinToken {
  return { ...token, claimedBy: null, claimedUntilMs: 0, usedBy: hasJoined ? keyX : token.usedBy };
}

export type HeartbeatOutcome =
  | { readonly kind: 'heard'; readonly node: NodeRecord }
  /** It reports another URL, which must be proved first. */
  | { readonly kind: 'moved'; readonly url: string };

/**
 * Applies a heartbeat with a valid signature to the record.
 *
 * @param provenUrl URL that a challenge has just proved to be this node's, or null
 */
export function hear(
  node: NodeRecord,
  heartbeat: Heartbeat,
  provenUrl: string | null,
  others: readonly NodeRecord[],
  nowMs: number,
): HeartbeatOutcome | Refusal {
  if (node.removedAtMs !== null) {
    return refuse('node_removed', REMOVED);
  }
  if (node.heartbeat !== null && heartbeat.sent_at_ms <= node.heartbeat.sent_at_ms) {
    return refuse('heartbeat_stale', 'The edge has had a heartbeat that was sent later. Was the clock set back?');
  }
  const url = heartbeat.url ?? node.url;
  if (url !== node.url || !node.isUrlProven) {
    const refusal = refusalOfUrl(
      url,
      others.filter((other) => isLive(other, nowMs)),
    );
    if (refusal !== null) return refusal;
    if (url !== provenUrl) return { kind: 'moved', url };
  }
  return { kind: 'heard', node: { ...node, url, isUrlProven: true, heartbeat, heardAtMs: nowMs } };
}

function refusalOfUrl(url: string, others: readonly NodeRecord[]): Refusal | null {
  const holder = others.find((other) => other.url === url);
  if (holder === undefined) return null;
  return refuse('node_url_taken', `${url} is the URL of the live node ${holder.id}. Each node needs one of its own.`);
}

/** Heard of lately, or just enrolled; a node that has said goodbye has freed its id and URL. */
function isLive(node: NodeRecord, nowMs: number): boolean {
  if (node.removedAtMs !== null || node.heartbeat?.is_draining === true) return false;
  return nowMs - (node.heardAtMs ?? node.enrolledAtMs) <= LOST_AFTER_MS;
}

/** A node as its operator sees it. */
export function reportOf(node: NodeRecord, nowMs: number, wake: Wake): NodeReport {
  const { id, url, region, heartbeat } = node;
  const { protocol, version, rules_version, running_jobs, capacity, job_quantiles } = heartbeat ?? {};
  return {
    id,
    url,
    region,
    network: networkOfNode(node),
    state: stateOf(node, nowMs, wake),
    enrolled_at: new Date(node.enrolledAtMs).toISOString(),
    second_looks: node.looks,
    last_heartbeat_at: node.heardAtMs === null ? null : new Date(node.heardAtMs).toISOString(),
    ...(heartbeat === null ? {} : { protocol, version, rules_version, running_jobs, capacity }),
    ...(job_quantiles === undefined ? {} : { job_quantiles }),
    sources: heartbeat?.sources ?? [],
    standings: heartbeat?.standings ?? [],
    phases: heartbeat?.phases ?? null,
    findings: heartbeat?.findings ?? [],
  };
}

/** Without an ASN the nodes of one region count as neighbours. */
export function networkOfNode({ network, region }: NodeRecord): string {
  return network ?? region;
}
