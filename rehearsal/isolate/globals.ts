/**
 * Puts the limits under the runtime's own functions: `fetch`, the clock and the Cache API. Runs before the worker's module,
 * which may take hold of them.
 */
import { env } from 'cloudflare:workers';
import type { Limits } from '../limits.ts';
import { cacheOver, type Service } from './bindings.ts';
import { type Clocks, currentInvocation } from './invocation.ts';

export const limits = JSON.parse(String(env['LIMITS'])) as Limits;

const realFetch = globalThis.fetch;
const realNow = Date.now;
const realSetTimeout = globalThis.setTimeout;

export const clocks: Clocks = {
  nowMs: () => realNow(),
  setTimeout: (callBack, ms) => realSetTimeout(callBack, ms),
};

/** As on the platform, there is no time outside of an invocation. */
const nowMs = (): number => {
  if (!limits.clockStandsStill) return realNow();
  return currentInvocation()?.nowMs() ?? 0;
};

const RealDate = Date;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [nowMs()] : given, made),
  apply: () => new RealDate(nowMs()).toString(),
});
RealDate.now = nowMs;
performance.now = () => nowMs() - performance.timeOrigin;

globalThis.fetch = (input, init) => {
  const invocation = currentInvocation();
  if (invocation === null) return realFetch(input, init);
  return invocation.io('connection', (ended) => {
    const own = init?.signal ?? (input instanceof Request ? input.signal : null);
    return realFetch(input, { ...init, signal: own === null ? ended : AbortSignal.any([own, ended]) });
  });
};

Object.defineProperty(globalThis, 'caches', {
  value: cacheOver(env['PLATFORM'] as Service, String(env['LOCATION'])),
  configurable: true,
});
