/**
 * Token bucket arithmetic: pure, no clock. A bucket may run into debt; the debt is the wait.
 */

export type BucketRate = {
  readonly perSecond: number;
  /** Tokens that an unused bucket holds at most. */
  readonly burst: number;
};

export type Bucket = { readonly tokens: number; readonly atMs: number };

/** The bucket refilled for the elapsed time. A clock that runs backwards adds nothing. */
export function refill(bucket: Bucket, { perSecond, burst }: BucketRate, nowMs: number): Bucket {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond;
  return { tokens: Math.min(burst, bucket.tokens + gained), atMs: nowMs };
}

/** Milliseconds until `count` tokens may be used if they were taken now. */
export function waitMs(bucket: Bucket, rate: BucketRate, count: number, nowMs: number): number {
  const debt = count - refill(bucket, rate, nowMs).tokens;
  return debt <= 0 ? 0 : (debt / rate.perSecond) * 1000;
}

/** The bucket less `count` tokens, in debt if there were too few. */
export function take(bucket: Bucket, rate: BucketRate, count: number, nowMs: number): Bucket {
  const { tokens } = refill(bucket, rate, nowMs);
  return { tokens: tokens - count, atMs: nowMs };
}
