/**
 * Selects the records that answer the question: those of the right type, at the name asked about or at the end of the
 * chain of CNAMEs that starts there (RFC 1034 §3.6.2). Pure.
 *
 * A record of that type, or a CNAME, with an owner off the chain was not asked for; a message with one is not believed
 * at all. A chain that forks or loops has no end, so that nothing is known.
 */
import type { Answer } from 'dns-packet';

/** CNAMEs in a row; resolvers give up at about as many. */
const LINKS_MAX = 16;
/** Largest TTL in seconds: RFC 2181 §8 reads a larger value as 0. */
const TTL_SECONDS_MAX = 2_147_483_647;

/** A record that belongs to a name; OPT belongs to the message. */
type DnsRecord = Exclude<Answer, { type: 'OPT' }>;

export type Chain = {
  /** Name at the end, in lower case. */
  readonly end: string;
  /** Records of the type, at the end; none if the chain leads to a name without them. */
  readonly records: readonly DnsRecord[];
  /** The shortest TTL of all links and records. */
  readonly ttlSeconds: number;
};

/** The chain, or the fault that invalidates the answer. */
export function followChain(answers: readonly Answer[], name: string, type: DnsRecord['type']): Chain | string {
  const ours = answers.filter(isOfName).filter((answer) => answer.type === type || answer.type === 'CNAME');
  if (ours.some((answer) => answer.class !== 'IN')) return 'other_class';
  const targets = new Map<string, string>();
  for (const answer of ours) {
    if (answer.type !== 'CNAME') continue;
    const [owner, target] = [answer.name.toLowerCase(), answer.data.toLowerCase()];
    if ((targets.get(owner) ?? target) !== target) return 'forked_chain';
    targets.set(owner, target);
  }
  const names = [name.toLowerCase()];
  let end = name.toLowerCase();
  // Links may come in any order.
  for (let next = targets.get(end); next !== undefined; next = targets.get(end)) {
    if (names.includes(next)) return 'circular_chain';
    if (names.length > LINKS_MAX) return 'long_chain';
    names.push(next);
    end = next;
  }
  if (ours.some((answer) => !names.includes(answer.name.toLowerCase()))) return 'other_name';
  const records = ours.filter((answer) => answer.type === type);
  // A name with a CNAME has nothing else (RFC 1034 §3.6.2).
  if (records.some((record) => record.name.toLowerCase() !== end)) return 'forked_chain';
  return { end, records, ttlSeconds: Math.min(...ours.map(ttlOf), TTL_SECONDS_MAX) };
}

/**
 * Seconds for which the absence of a name or record may be cached: the smaller of the SOA's own TTL and its MINIMUM
 * (RFC 2308 §5), or 0 if no SOA of a zone above the name says so.
 */
export function lifeOfAbsence(authorities: readonly Answer[], name: string): number {
  for (const record of authorities) {
    if (record.type !== 'SOA' || !isAtOrAbove(record.name.toLowerCase(), name)) continue;
    return Math.min(ttlOf(record), lifeOf(record.data.minimum));
  }
  return 0;
}

function isAtOrAbove(zone: string, name: string): boolean {
  return zone === '.' || zone === '' || zone === name || name.endsWith(`.${zone}`);
}

function isOfName(answer: Answer): answer is DnsRecord {
  return answer.type !== 'OPT';
}

function ttlOf({ ttl }: DnsRecord): number {
  return lifeOf(ttl);
}

function lifeOf(seconds: number | undefined): number {
  return seconds === undefined || seconds > TTL_SECONDS_MAX ? 0 : seconds;
}
