/**
 * Which of the node's own addresses asks: the same for the same domain, never one that the provider has turned away.
 *
 * Greylisting keys on (client address, MAIL FROM, RCPT), so a domain keeps its source: by rendezvous hashing, and by an
 * explicit memory for domains that have greylisted us, which holds even while another source comes or goes. A source
 * that a provider refuses for what it is (blocklist, PTR) rests for that provider, longer each time. Where every source
 * rests there is none to ask with, which the caller is told with the time that is left.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';

/** An address of ours with the EHLO name that goes with it; null is the system's choice. */
export type Source = { readonly ip: string | null; readonly heloName: string };

/** Refusals in a row, by different domains or not, before a source rests: one may be a rule for one mailbox. */
const REFUSALS_BEFORE_REST = 3;
const REST_MS_MIN = 600_000;
const REST_MS_MAX = 6 * 3_600_000;
/** Longer than any greylist waits for a second try. */
const STICKY_MS = 6 * 3_600_000;
const ENTRIES_MAX = 10_000;

type Record = { readonly refusals: number; readonly restMs: number };

export type Chosen =
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'resting'; readonly retryAfterMs: number };

export class Sources {
  readonly #sources: readonly Source[];
  readonly #records: ExpiringMap<Record>;
  readonly #resting: ExpiringMap<true>;
  readonly #sticky: ExpiringMap<string>;

  constructor(sources: readonly Source[], nowMs: () => number) {
    this.#sources = sources;
    this.#records = new ExpiringMap(ENTRIES_MAX, nowMs);
    this.#resting = new ExpiringMap(ENTRIES_MAX, nowMs);
    this.#sticky = new ExpiringMap(ENTRIES_MAX, nowMs);
  }

  /** The source for a domain whose mail a provider takes. */
  choose(domain: string, provider: string): Chosen {
    const awake = this.#sources.filter((source) => this.#resting.get(keyOf(source, provider)) === undefined);
    const stickyName = this.#sticky.get(domain);
    const sticky = awake.find((source) => nameOf(source) === stickyName);
    const best = sticky ?? awake.toSorted((a, b) => weight(domain, b) - weight(domain, a))[0];
    if (best !== undefined) return { kind: 'source', source: best };
    const left = [...this.#resting.live()].filter(([key]) => key.endsWith(`>${provider}`)).map(([, , ms]) => ms);
    return { kind: 'resting', retryAfterMs: Math.min(...left, REST_MS_MAX) };
  }

  /** The domain greylisted this source: the recheck must come from it. */
  greylisted(domain: string, source: Source): void {
    this.#sticky.set(domain, nameOf(source), STICKY_MS);
  }

  refused(source: Source, provider: string): void {
    const key = keyOf(source, provider);
    const { refusals = 0, restMs = REST_MS_MIN / 2 } = this.#records.get(key) ?? {};
    if (refusals + 1 < REFUSALS_BEFORE_REST) {
      this.#records.set(key, { refusals: refusals + 1, restMs }, REST_MS_MAX);
      return;
    }
    const nextMs = Math.min(REST_MS_MAX, restMs * 2);
    this.#records.set(key, { refusals: 0, restMs: nextMs }, nextMs + REST_MS_MAX);
    this.#resting.set(key, true, nextMs);
  }

  accepted(source: Source, provider: string): void {
    this.#records.delete(keyOf(source, provider));
  }

  /** Providers for which no source is awake. */
  restingProviders(): ReadonlySet<string> {
    const counts = new Map<string, number>();
    for (const { provider } of this.resting()) counts.set(provider, (counts.get(provider) ?? 0) + 1);
    return new Set([...counts].flatMap(([provider, count]) => (count >= this.#sources.length ? [provider] : [])));
  }

  /** Sources that rest now: address, provider, milliseconds left. */
  resting(): readonly { readonly source: string; readonly provider: string; readonly leftMs: number }[] {
    return [...this.#resting.live()].map(([key, , leftMs]) => {
      const [source = '', provider = ''] = key.split('>');
      return { source, provider, leftMs };
    });
  }
}

function nameOf({ ip }: Source): string {
  return ip ?? 'default';
}

function keyOf(source: Source, provider: string): string {
  return `${nameOf(source)}>${provider}`;
}

/** FNV-1a over domain and source: each domain has an order of sources of its own. */
function weight(domain: string, source: Source): number {
  let bits = 0x811c9dc5;
  for (const unit of `${domain} ${nameOf(source)}`) bits = Math.imul(bits ^ unit.charCodeAt(0), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  return (bits ^ (bits >>> 13)) >>> 0;
}
