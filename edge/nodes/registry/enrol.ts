/**
 * Enrolment of a node, and its change of URL: the URL is checked, the token is claimed, the node is challenged over the
 * URL, and only then it is enrolled. Takes `fetch`, the DNS and the registry as capabilities.
 *
 * A failed challenge releases the token, so that the operator can fix the fault and try again. Nothing is fetched
 * before the token, or the signature of the heartbeat, is verified. After it: registry-service.ts.
 */
import { readBounded } from '../../../shared/bounded-body.ts';
import { type EnrolRequest, identityAnswerSchema, type PublicKey } from '../../../shared/enrolment.ts';
import { checkIdentity } from '../../../shared/identity.ts';
import { parseJson } from '../../../shared/parse-json.ts';
import type { AddressLookup, UrlSettings } from '../../dns/public-host.ts';
import type { Screen } from './heartbeat-screen.ts';
import { checkNodeUrl } from './node-url.ts';
import { type Refusal, refuse } from './registry.ts';
import type { HeartbeatMessage, HeartbeatTaken, JoinedNode, Registry } from './registry-service.ts';

const CHALLENGE_TIMEOUT_MS = 5_000;
const ANSWER_OCTETS_MAX = 8_192;

export type EnrolPorts = {
  readonly registry: Registry;
  /** Keeps forged heartbeats from the registry. */
  readonly screen: Screen;
  readonly lookUp: AddressLookup;
  readonly urls: UrlSettings;
  readonly fetch: typeof fetch;
  /** 22 characters of base64url or more, unguessable. */
  readonly makeNonce: () => string;
};

type Claimant = { readonly id: string; readonly url: string; readonly key: PublicKey };

/**
 * @param edge origin under which the edge was called
 * @param network ASN of the caller if known
 */
export async function enrolNode(
  asked: EnrolRequest,
  edge: string,
  network: string | null,
  ports: EnrolPorts,
): Promise<JoinedNode | Refusal> {
  const request = { ...asked, url: URL.parse(asked.url)?.href ?? asked.url };
  const claim = await ports.registry.claim(request);
  if (claim.kind === 'refused') return claim;
  const proof = await proveUrl(request, edge, ports);
  const settled = proof.kind === 'proven' ? await ports.registry.settle(request, network) : proof;
  if (settled.kind === 'refused') await ports.registry.giveBack(request);
  return settled;
}

/** Passes a heartbeat on; a node that has moved is challenged at its new URL first. */
export async function report(
  message: Omit<HeartbeatMessage, 'provenUrl'>,
  ports: EnrolPorts,
): Promise<HeartbeatTaken | Refusal> {
  const refusal = await ports.screen(message);
  if (refusal !== null) return refusal;
  const answer = await ports.registry.heartbeat({ ...message, provenUrl: null });
  if (answer.kind !== 'moved') return answer;
  const proof = await proveUrl(answer, message.edge, ports);
  if (proof.kind === 'refused') return proof;
  const again = await ports.registry.heartbeat({ ...message, provenUrl: proof.url });
  return again.kind === 'moved' ? refuse('node_url_unproven', 'The node has changed its URL meanwhile.') : again;
}

/** The URL in its stored form, once the node has answered over it. */
async function proveUrl(
  claimant: Claimant,
  edge: string,
  ports: EnrolPorts,
): Promise<{ readonly kind: 'proven'; readonly url: string } | Refusal> {
  const checked = await checkNodeUrl(claimant.url, ports.urls, ports.lookUp);
  if (!checked.ok) return refuse('node_url_refused', checked.detail);
  if (checked.url !== claimant.url) {
    return refuse('node_url_refused', `The URL of the node must be written as ${checked.url}`);
  }
  const nonce = ports.makeNonce();
  const statement = await fetchStatement(checked.url, nonce, ports.fetch);
  if (statement.kind === 'none') return refuse('node_url_unproven', `${checked.url} ${statement.fault}.`);
  const fault = await checkIdentity(statement.text, claimant.key, { id: claimant.id, url: checked.url, edge, nonce });
  if (fault === null) return { kind: 'proven', url: checked.url };
  return refuse('node_url_unproven', `${checked.url} ${FAULTS[fault]}.`);
}

const FAULTS = {
  other_key: 'is answered by another node; PROBE_URL must lead to this node and to no other',
  other_claims:
    'is answered by the node, but for another URL or edge; PROBE_URL and PROBE_EDGE of the node must be these',
} as const;

type Statement =
  | { readonly kind: 'statement'; readonly text: string }
  | { readonly kind: 'none'; readonly fault: string };

async function fetchStatement(url: string, nonce: string, fetchIt: typeof fetch): Promise<Statement> {
  const none = (fault: string): Statement => ({ kind: 'none', fault });
  try {
    const response = await fetchIt(new URL(`/v1/identity?${new URLSearchParams({ nonce })}`, url), {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(CHALLENGE_TIMEOUT_MS),
      redirect: 'manual',
    });
    const octets = await readBounded(response.body, ANSWER_OCTETS_MAX);
    if (!response.ok) return none(`answered with status ${response.status}; no probe node answers there`);
    const answer = parseJson(identityAnswerSchema, new TextDecoder().decode(octets ?? undefined));
    return answer === null ? none('is answered by no probe node') : { kind: 'statement', text: answer.statement };
  } catch (error) {
    const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
    return none(
      `${isLate ? 'did not answer in time' : 'could not be reached'}; is the port open from outside (firewall, NAT, proxy), and its certificate valid?`,
    );
  }
}
