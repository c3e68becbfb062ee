/**
 * DNS over HTTPS: from memory if possible, else from the fastest source. Decides nothing about mail.
 *
 * Order of sources: this isolate's memory (by the TTL of the records; absence by its SOA, RFC 2308), an equal question
 * in flight (single-flight), the data centre's cache, the resolvers (race.ts, resolvers.ts). If one resolver finds
 * nothing, a second one is asked: a filtered name, or a lame resolver, does not mean a domain without mail. A failure
 * is never cached. Names under `.test` (RFC 6761 §6.2) never go to a public resolver: they are asked of the sandbox, or
 * of a resolver on this machine, and do not exist otherwise.
 */
import { ExpiringMap } from '../../shared/expiring-map.ts';
import { isLoopbackHost } from '../../shared/loopback.ts';
import { once } from '../../shared/once.ts';
import { connection } from '../async/connections.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import type { HttpCache } from '../memory/data-centre-cache.ts';
import type { DnsAnswer, RecordType } from './answer.ts';
import { askResolver, isFaultOfResolver, type WireAnswer } from './ask-resolver.ts';
import { recallMessage, rememberMessage } from './data-centre-cache.ts';
import { type Runner, race } from './race.ts';
import { createResolvers, type Resolvers } from './resolvers.ts';

/** Answers cached per isolate: some 1 KB each at most. */
const ANSWERS_MAX = 5_000;
/** Longest cache time in seconds, whatever the TTL: a changed zone is seen within it. */
const PRESENT_SECONDS_MAX = 6 * 3_600;
/** A newly registered domain must not be missing for long (RFC 2308 §5 asks for a limit). */
const ABSENT_SECONDS_MAX = 900;
/** Milliseconds for the data centre's cache before the resolvers are asked in parallel. */
const CACHE_PATIENCE_MS = 25;
/** Milliseconds for a second resolver to contradict a first that found nothing. */
const SECOND_WORD_MS = 1_000;
/** Milliseconds per question, with all resolvers. */
const LOST_AFTER_MS = 6_000;

/** "No such record" tells more than "no such name": the name exists. */
const KNOWLEDGE: Readonly<Record<DnsAnswer['kind'], number>> = { failure: 0, nxdomain: 1, nodata: 2, records: 3 };

const GIVEN_UP: DnsAnswer = { kind: 'failure', fault: 'timeout' };

export type DohSettings = {
  readonly urls: readonly URL[];
  /** Resolver of the pretend internet, or null outside a sandbox. */
  readonly sandboxUrl: URL | null;
};

export type DohPorts = {
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  /** The Cache API, or null if there is none. */
  readonly cache: HttpCache | null;
  /** Keeps work alive after the answer has gone out, in the context of the request that is being served. */
  readonly waitUntil: (work: Promise<unknown>) => void;
};

export type DnsQuery = (name: string, type: RecordType, signal: AbortSignal) => Promise<DnsAnswer>;

export function createDnsQuery({ urls, sandboxUrl }: DohSettings, ports: DohPorts): DnsQuery {
  const outside = createResolvers(urls, ports.nowMs);
  const inside = createResolvers(
    sandboxUrl === null ? urls.filter(({ hostname }) => isLoopbackHost(hostname)) : [sandboxUrl],
    ports.nowMs,
  );
  const remembered = new ExpiringMap<DnsAnswer>(ANSWERS_MAX, ports.nowMs);
  const { nowMs, waitUntil } = ports;
  const flights = createSingleFlight<DnsAnswer>({ nowMs, waitUntil, lostAfterMs: LOST_AFTER_MS, givenUp: GIVEN_UP });
  const lookUp = async (name: string, type: RecordType, key: string, signal: AbortSignal): Promise<DnsAnswer> => {
    const isInside = /(?:^|\.)test$/i.test(name);
    const resolvers = isInside ? inside : outside;
    const cache = isInside ? null : ports.cache;
    if (resolvers.order().length === 0) return { kind: 'nxdomain' };
    const runners = resolvers.order().map((url) => resolverRunner(url, name, type, resolvers, ports));
    if (cache !== null) {
      const ask = (): Promise<WireAnswer> => recallMessage(cache, name, type, ports.nowMs);
      runners.unshift({ ask, patienceMs: CACHE_PATIENCE_MS, hasAnswered: () => true });
    }
    const found = await race(runners, signal);
    const { answer, ttlSeconds, message } = await contradicted(found, runners, signal);
    const lifeSeconds = Math.min(ttlSeconds, answer.kind === 'records' ? PRESENT_SECONDS_MAX : ABSENT_SECONDS_MAX);
    if (answer.kind === 'failure' || lifeSeconds <= 0) return answer;
    remembered.set(key, answer, lifeSeconds * 1000);
    if (cache !== null && message !== null) {
      ports.waitUntil(rememberMessage(cache, name, type, message, lifeSeconds, ports.nowMs()));
    }
    return answer;
  };
  return async (name, type, signal) => {
    const key = `${type} ${name.toLowerCase()}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    return (await flights.join(key, signal, (own) => lookUp(name, type, key, own))).value;
  };
}

/**
 * If the first resolver finds nothing, the answer of a second one counts if it tells more. A second one that fails or
 * is late contradicts nothing. An answer without a message is from the data centre's cache, and was checked this way
 * before it went in.
 */
async function contradicted(found: WireAnswer, runners: readonly Asking[], signal: AbortSignal): Promise<WireAnswer> {
  const { kind } = found.answer;
  const others = runners.filter(({ hasAnswered }) => !hasAnswered());
  const isAbsent = kind === 'nxdomain' || kind === 'nodata';
  if (!isAbsent || found.message === null || others.length === 0) return found;
  const lateSignal = once(() => AbortSignal.timeout(SECOND_WORD_MS));
  const second = await race(
    others.map((other) => ({ ...other, ask: (own: AbortSignal) => other.ask(own, lateSignal) })),
    signal,
  );
  return KNOWLEDGE[second.answer.kind] > KNOWLEDGE[kind] ? second : found;
}

/**
 * A source of answers, which reports whether it gave one. `lateSignal` begins a time-out, once the question has a connection: a
 * wait for one of ours must not make a single resolver's absence the answer.
 */
type Asking = Pick<Runner, 'patienceMs'> & {
  readonly ask: (signal: AbortSignal, lateSignal?: () => AbortSignal) => Promise<WireAnswer>;
  readonly hasAnswered: () => boolean;
};

/** Asks one resolver, and records its latency or failure. */
function resolverRunner(url: URL, name: string, type: RecordType, resolvers: Resolvers, ports: DohPorts): Asking {
  let hasAnswered = false;
  const ask: Asking['ask'] = async (caller, lateSignal) => {
    // Another source has answered while this question waited for its connection.
    const giveBack = await connection('other', caller).catch(() => null);
    if (giveBack === null) return { answer: GIVEN_UP, ttlSeconds: 0, message: null };
    const signal = lateSignal === undefined ? caller : AbortSignal.any([caller, lateSignal()]);
    const startMs = ports.nowMs();
    const found = await askResolver(url, name, type, signal, ports.fetch);
    const tookMs = ports.nowMs() - startMs;
    giveBack();
    hasAnswered = found.answer.kind !== 'failure';
    if (signal.aborted) resolvers.noteSlow(url, tookMs);
    else if (found.answer.kind === 'failure' && isFaultOfResolver(found.answer.fault)) resolvers.noteFailure(url);
    else resolvers.noteTime(url, tookMs);
    return found;
  };
  return { ask, patienceMs: resolvers.patienceMs(url), hasAnswered: () => hasAnswered };
}
