/**
 * The registry as a Durable Object: one for the whole edge, its records in SQLite. A shell: every call goes to
 * nodes/registry/registry-service.ts, which decides.
 *
 * No verify ever waits for it: isolates work from a snapshot (nodes/registry/roster-view.ts).
 */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import type { EnrolRequest, HistorySpan } from '../../shared/enrolment.ts';
import type { Env } from '../env.ts';
import {
  createRegistryService,
  type HeartbeatMessage,
  type NodeStamps,
  type Registry,
  type RegistryEntry,
} from '../nodes/registry/registry-service.ts';
import { putRosterCopy } from '../nodes/registry/roster-copy.ts';
import { createRegistryStore } from './registry-store.ts';

export class RegistryObject extends DurableObject<Env> implements Registry {
  readonly #registry: Registry;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#registry = createRegistryService(createRegistryStore(ctx.storage.sql), {
      nowMs: () => Date.now(),
      randomOctets: () => crypto.getRandomValues(new Uint8Array(32)),
      publish: (roster) => putRosterCopy(env.MEMORY, roster),
    });
  }

  makeToken(region: string, ttlSeconds: number): ReturnType<Registry['makeToken']> {
    return this.#registry.makeToken(region, ttlSeconds);
  }

  claim(request: EnrolRequest): ReturnType<Registry['claim']> {
    return this.#registry.claim(request);
  }

  settle(request: EnrolRequest, network: string | null): ReturnType<Registry['settle']> {
    return this.#registry.settle(request, network);
  }

  giveBack(request: EnrolRequest): Promise<void> {
    return this.#registry.giveBack(request);
  }

  heartbeat(message: HeartbeatMessage): ReturnType<Registry['heartbeat']> {
    return this.#registry.heartbeat(message);
  }

  list(): ReturnType<Registry['list']> {
    return this.#registry.list();
  }

  changes(known: NodeStamps): ReturnType<Registry['changes']> {
    return this.#registry.changes(known);
  }

  history(span: HistorySpan): ReturnType<Registry['history']> {
    return this.#registry.history(span);
  }

  setDraining(id: string, isDrainWished: boolean): ReturnType<Registry['setDraining']> {
    return this.#registry.setDraining(id, isDrainWished);
  }

  remove(id: string, forgetSinceMs: number | null): Promise<boolean> {
    return this.#registry.remove(id, forgetSinceMs);
  }

  noteLook(nodes: readonly [string, string], isDisputed: boolean): Promise<void> {
    return this.#registry.noteLook(nodes, isDisputed);
  }

  roster(): Promise<string> {
    return this.#registry.roster();
  }

  backUp(): ReturnType<Registry['backUp']> {
    return this.#registry.backUp();
  }

  restore(entry: RegistryEntry, isDry: boolean): ReturnType<Registry['restore']> {
    return this.#registry.restore(entry, isDry);
  }
}
