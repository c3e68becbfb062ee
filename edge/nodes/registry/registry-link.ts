/**
 * The worker's client of the registry: every call has a timeout, and an object that fails or hangs becomes one
 * `registry_unavailable` Problem. Only joining, heartbeats and administration come here, never a verify.
 */
import { Problem } from '../../../shared/problem.ts';
import { withTimeout } from '../../async/timeout.ts';
import type { Registry } from './registry-service.ts';

const CALL_TIMEOUT_MS = 5_000;

/** @param stub makes a new stub for each call: a stub whose object has failed stays broken */
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
    changes: (...asked) => call((registry) => registry.changes(...asked)),
    history: (...asked) => call((registry) => registry.history(...asked)),
    setDraining: (...asked) => call((registry) => registry.setDraining(...asked)),
    remove: (...asked) => call((registry) => registry.remove(...asked)),
    noteLook: (...asked) => call((registry) => registry.noteLook(...asked)),
    roster: () => call((registry) => registry.roster()),
    backUp: () => call((registry) => registry.backUp()),
    restore: (...asked) => call((registry) => registry.restore(...asked)),
  };
}
