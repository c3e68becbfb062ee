/**
 * Chooses the node's source address for a host: the same for the same domain, never one that was refused there.
 *
 * Greylisting keys on (client address, MAIL FROM, RCPT), so a domain keeps its source: by rendezvous hashing, and by an
 * explicit memory for hosts that have greylisted us, which holds even while another source comes or goes.
 *
 * A source that is refused as such (blocklist, PTR) rests, longer each time, but only as widely as the refusals reach:
 * for one owner's domains at this party after three refusals of that owner's; for the party (a provider, or a host
 * without a known provider) after refusals of three owners, with no answer in between. The owner of one domain, with
 * any number of names below it, cannot keep a node from asking about others. If every source rests, none can ask, and
 * the caller gets the time that is left.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { providerById } from '../../shared/providers.ts';
import type { Post } from './strangers.ts';

/** An address of ours with its EHLO name; null is the system's choice. */
export type Source = { readonly ip: string | null; readonly heloName: string };

/**
 * Refusals in a row of one owner's domains before a source rests for them: a single one may be a rule for one mailbox.
 */
const REFUSALS_BEFORE_REST = 3;
/** Owners whose domains were refused in a row before a source rests for the whole party. */
const OWNERS_BEFORE_REST = 3;
const REST_MS_MIN = 600_000;
const REST_MS_MAX = 6 * 3_600_000;
/** Longer than any greylist delays a second try. */
const STICKY_MS = 6 * 3_600_000;
const ENTRIES_MAX = 10_000;

/** The distinct voices of refusals in a row: owners for a party, refusals by number for an owner. */
type Record = { readonly voices: ReadonlySet<string>; readonly restMs: number };

export type SourceChoice =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'resting'; readonly retryAfterMs: number };

/** Refusals in a row by key, and the end of each key's rest. */
class Rests {
  readonly #records: ExpiringMap<Record>;
  readonly #resting: ExpiringMap<number>;
  readonly #voicesMax: number;
  readonly #nowMs: () => number;

  constructor(voicesMax: number, nowMs: () => number) {
    this.#records = new ExpiringMap(ENTRIES_MAX, nowMs);
    this.#resting = new ExpiringMap(ENTRIES_MAX, nowMs);
    this.#voicesMax = voicesMax;
    this.#nowMs = nowMs;
  }

  refused(key: string, voice: string | null): void {
    const { voices = new Set<string>(), restMs = REST_MS_MIN / 2 } = this.#records.get(key) ?? {};
    const heard = new Set(voices).add(voice ?? String(voices.size));
    if (heard.size < this.#voicesMax) {
      this.#records.set(key, { voices: heard, restMs }, REST_MS_MAX);
      return;
    }
    const nextMs = Math.min(REST_MS_MAX, restMs * 2);
    this.#records.set(key, { voices: new Set(), restMs: nextMs }, nextMs + REST_MS_MAX);
    this.#resting.set(key, this.#nowMs() + nextMs, nextMs);
  }

  answered(key: string): void {
    if (this.#records.size > 0) this.#records.delete(key);
  }

  leftMs(key: string): number {
    return Math.max(0, (this.#resting.get(key) ?? 0) - this.#nowMs());
  }

  live(): Generator<readonly [key: string, value: number, leftMs: number]> {
    return this.#resting.live();
  }
}

export class Sources {
  readonly #sources: readonly Source[];
  /** Separate from hosts, which can be made up: providers are few, and no number of names pushes one out. */
  readonly #atProviders: Rests;
  readonly #atHosts: Rests;
  readonly #ofOwners: Rests;
  readonly #sticky: ExpiringMap<string>;

  constructor(sources: readonly Source[], nowMs: () => number) {
    this.#sources = sources;
    this.#atProviders = new Rests(OWNERS_BEFORE_REST, nowMs);
    this.#atHosts = new Rests(OWNERS_BEFORE_REST, nowMs);
    this.#ofOwners = new Rests(REFUSALS_BEFORE_REST, nowMs);
    this.#sticky = new ExpiringMap(ENTRIES_MAX, nowMs);
  }

  /** The source for asking a host about a domain. */
  choose(post: Post, party: string, owner: string): SourceChoice {
    const { domain } = post;
    const left = this.#sources.map((source) => this.#leftMs(source, party, owner));
    const awake = this.#sources.filter((_, place) => left[place] === 0);
    const stickyName = this.#sticky.get(stickyKeyOf(post));
    const sticky = awake.find((source) => nameOf(source) === stickyName);
    const best = sticky ?? awake.toSorted((a, b) => weight(domain, b) - weight(domain, a))[0];
    if (best !== undefined) return { kind: 'source', source: best };
    return { kind: 'resting', retryAfterMs: Math.min(...left, REST_MS_MAX) };
  }

  /** The host has deferred this source: the next try must come from it. */
  greylisted(post: Post, source: Source): void {
    this.#sticky.set(stickyKeyOf(post), nameOf(source), STICKY_MS);
  }

  /** @param owner of the domain that was asked about (flow/owner.ts) */
  refused(source: Source, party: string, owner: string): void {
    const key = keyOf(source, party);
    this.#ofOwners.refused(`${key}>${owner}`, null);
    this.#restsAt(party).refused(key, owner);
  }

  /** The party has answered: earlier refusals were not about this source as such. */
  answered(source: Source, party: string, owner: string): void {
    const key = keyOf(source, party);
    this.#ofOwners.answered(`${key}>${owner}`);
    this.#restsAt(party).answered(key);
  }

  /** Parties that every source rests for. */
  restingProviders(): ReadonlySet<string> {
    const counts = new Map<string, number>();
    for (const { provider } of this.resting()) counts.set(provider, (counts.get(provider) ?? 0) + 1);
    return new Set([...counts].flatMap(([provider, count]) => (count >= this.#sources.length ? [provider] : [])));
  }

  /** Sources that rest for a whole party now: address, provider or host, milliseconds left. */
  resting(): readonly { readonly source: string; readonly provider: string; readonly leftMs: number }[] {
    return [...this.#atProviders.live(), ...this.#atHosts.live()].map(([key, , leftMs]) => {
      const [source = '', provider = ''] = key.split('>');
      return { source, provider, leftMs };
    });
  }

  #leftMs(source: Source, party: string, owner: string): number {
    const key = keyOf(source, party);
    return Math.max(this.#restsAt(party).leftMs(key), this.#ofOwners.leftMs(`${key}>${owner}`));
  }

  #restsAt(party: string): Rests {
    return providerById(party) === null ? this.#atHosts : this.#atProviders;
  }
}

function nameOf({ ip }: Source): string {
  return ip ?? 'default';
}

function keyOf(source: Source, party: string): string {
  return `${nameOf(source)}>${party}`;
}

/** Neither name can contain a blank. */
function stickyKeyOf({ domain, host }: Post): string {
  return `${domain} ${host}`;
}

/** FNV-1a over domain and source: each domain has an order of sources of its own. */
function weight(domain: string, source: Source): number {
  let bits = 0x811c9dc5;
  for (const unit of `${domain} ${nameOf(source)}`) bits = Math.imul(bits ^ unit.charCodeAt(0), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return (bits ^ (bits >>> 13)) >>> 0;
}
