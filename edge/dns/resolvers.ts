/**
 * Order of the resolvers, and the delay before the next one is hedged: from the latencies that one isolate has seen.
 *
 * The delay is the 95th percentile of a resolver's recent latencies, so that about one question in twenty is asked
 * twice; this also measures the other resolvers. A resolver that fails goes last for a while, longer each time
 * (exponential back-off). Module state of an isolate is a cache only; a new isolate asks in the order of the settings.
 */
import { quantile } from '../../shared/quantile.ts';

/** Latencies kept per resolver. */
const SAMPLES_MAX = 32;
/** Fewer latencies are too few for a percentile. */
const SAMPLES_MIN = 5;
/** Milliseconds: the delay before enough is known, and the bounds of the measured delay. */
const PATIENCE_UNKNOWN_MS = 300;
const PATIENCE_MS_MIN = 50;
const PATIENCE_MS_MAX = 800;
/** Another resolver takes the lead only if it is faster by this factor: two of similar speed must not alternate. */
const FASTER = 0.8;
/** Milliseconds of back-off after a failure, doubled for each consecutive one. */
const REST_MS = 1_000;
const REST_MS_MAX = 60_000;

export type Resolvers = {
  /** All resolvers, in the order of asking. */
  order(): readonly URL[];
  /** Milliseconds to wait for this resolver before the next one is asked too. */
  patienceMs(url: URL): number;
  /** Records an answer and its latency. */
  noteTime(url: URL, ms: number): void;
  /** Records that it was aborted because another one was faster; its latency would have been above this. */
  noteSlow(url: URL, ms: number): void;
  noteFailure(url: URL): void;
};

type Seen = { readonly url: URL; readonly samplesMs: number[]; failures: number; restsUntilMs: number };

export function createResolvers(urls: readonly URL[], nowMs: () => number): Resolvers {
  let records = urls.map((url): Seen => ({ url, samplesMs: [], failures: 0, restsUntilMs: 0 }));
  const byUrl = new Map(records.map((record) => [record.url, record]));
  return {
    order() {
      const [lead, ...others] = records;
      const faster = others.find((other) => lead !== undefined && isFaster(other, lead));
      if (faster !== undefined) records = [faster, ...records.filter((record) => record !== faster)];
      const now = nowMs();
      const isResting = ({ restsUntilMs }: Seen): boolean => restsUntilMs > now;
      return [...records.filter((one) => !isResting(one)), ...records.filter(isResting)].map(({ url }) => url);
    },
    patienceMs(url) {
      const samplesMs = byUrl.get(url)?.samplesMs ?? [];
      if (samplesMs.length < SAMPLES_MIN) return PATIENCE_UNKNOWN_MS;
      return Math.min(PATIENCE_MS_MAX, Math.max(PATIENCE_MS_MIN, quantile(samplesMs, 0.95) ?? 0));
    },
    noteTime(url, ms) {
      const record = byUrl.get(url);
      if (record === undefined) return;
      sample(record, ms);
      record.failures = 0;
      record.restsUntilMs = 0;
    },
    noteSlow(url, ms) {
      const record = byUrl.get(url);
      if (record !== undefined) sample(record, ms);
    },
    noteFailure(url) {
      const record = byUrl.get(url);
      if (record === undefined) return;
      record.restsUntilMs = nowMs() + Math.min(REST_MS_MAX, REST_MS * 2 ** record.failures);
      record.failures += 1;
    },
  };
}

function sample({ samplesMs }: Seen, ms: number): void {
  samplesMs.push(ms);
  if (samplesMs.length > SAMPLES_MAX) samplesMs.shift();
}

function isFaster(other: Seen, lead: Seen): boolean {
  if (other.samplesMs.length < SAMPLES_MIN || lead.samplesMs.length < SAMPLES_MIN) return false;
  return (quantile(other.samplesMs, 0.5) ?? 0) < FASTER * (quantile(lead.samplesMs, 0.5) ?? 0);
}
