/**
 * The registry as the worker reaches it: every call has a time limit, and an object that fails or hangs is one
 * `registry_unavailable` Problem, which only those see who join, report or administer. A verify never comes here.
 */
import { Problem } from '../../../shared/problem.ts';
import { withTimeout } from '../../async/timeout.ts';
import type { Registry } from './registry-service.ts';

const CALL_TIMEOUT_MS = 5_000;

/** @param stub a new one for each call: one whose object has failed stays broken */
export function createRegistryLink(stub: () => Registry, timeoutMs = CALL_TIMEOUT_MS): Registry {
  const call = async <T>(ask: (registry: Registry) => Promise<T>): Promise<T> => {
    try {
      return await withTimeout(timeoutMs, ask(stub()));
    } catch (error) {
      throw new Problem('registry_unavailable', { cause: error, headers: { 'retry-after': '5' } });
    }
  };
  return {
    makeToken: (...asked) => call((registry) => registry.makeToken(...asked)),
    claim: (...asked) => call((registry) => registry.claim(...asked)),
    settle: (...asked) => call((registry) => registry.settle(...asked)),
    giveBack: (...asked) => call((registry) => registry.giveBack(...asked)),
    heartbeat: (...asked) => call((registry) => registry.heartbeat(...asked)),
    list: () => call((registry) => registry.list()),
    setDraining: (...asked) => call((registry) => registry.setDraining(...asked)),
    remove: (...asked) => call((registry) => registry.remove(...asked)),
    noteLook: (...asked) => call((registry) => registry.noteLook(...asked)),
    roster: () => call((registry) => registry.roster()),
  };
}
