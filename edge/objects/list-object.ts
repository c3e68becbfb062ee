/**
 * One list of addresses as a Durable Object. A shell: every call goes to lists/list-service.ts, which decides. Its alarm
 * drives the work, so that a list goes on after a deploy, a crash or a new start.
 */
import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import type { Env } from '../env.ts';
import type { ListApi, TellWebhook } from '../lists/list-api.ts';
import type { ListRecord } from '../lists/list-record.ts';
import { createListService, type ListService } from '../lists/list-service.ts';
import type { ListChecks, LocalChecks } from '../lists/list-work.ts';
import { createListRows } from './list-rows.ts';

/** What a list needs of the rest of the edge. */
export type ListObjectPorts = {
  readonly local: (env: Env) => Promise<LocalChecks>;
  readonly giveWay: (env: Env) => Promise<void>;
  readonly standBack: (env: Env) => Promise<void>;
  readonly disown: (env: Env, record: ListRecord) => Promise<void>;
  readonly tellWebhook: (env: Env) => TellWebhook;
  readonly onFault: (error: unknown) => void;
};

/** The class to export from a worker that exports `ListVerifier` as well. */
export function listObjectOf(ports: ListObjectPorts) {
  return class ListObject extends DurableObject<Env> implements ListApi {
    readonly #list: ListService;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      const { storage } = ctx;
      this.#list = createListService({
        store: createListRows(storage),
        bucket: env.FILES,
        local: () => ports.local(env),
        giveWay: () => ports.giveWay(env),
        standBack: () => ports.standBack(env),
        checks: ctx.exports['ListVerifier']?.({}) as ListChecks,
        tellWebhook: ports.tellWebhook(env),
        disown: (record) => ports.disown(env, record),
        nowMs: () => this.nowMs(),
        randomOctets: (octets) => crypto.getRandomValues(new Uint8Array(octets)),
        later: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        wakeAt: (timeMs) => storage.setAlarm(Date.now() + Math.max(0, timeMs - this.nowMs())),
        sleep: () => storage.deleteAlarm(),
        onFault: ports.onFault,
      });
      // An alarm that was lost, if ever one is, ends no list.
      ctx.waitUntil(this.#list.rearm());
    }

    make(...given: Parameters<ListApi['make']>): ReturnType<ListApi['make']> {
      return this.#list.make(...given);
    }

    complete(...given: Parameters<ListApi['complete']>): ReturnType<ListApi['complete']> {
      return this.#list.complete(...given);
    }

    owner(): ReturnType<ListApi['owner']> {
      return this.#list.owner();
    }

    summary(...given: Parameters<ListApi['summary']>): ReturnType<ListApi['summary']> {
      return this.#list.summary(...given);
    }

    start(): ReturnType<ListApi['start']> {
      return this.#list.start();
    }

    cancel(): ReturnType<ListApi['cancel']> {
      return this.#list.cancel();
    }

    remove(): ReturnType<ListApi['remove']> {
      return this.#list.remove();
    }

    outline(): ReturnType<ListApi['outline']> {
      return this.#list.outline();
    }

    slice(...given: Parameters<ListApi['slice']>): ReturnType<ListApi['slice']> {
      return this.#list.slice(...given);
    }

    merged(): ReturnType<ListApi['merged']> {
      return this.#list.merged();
    }

    alarm(): Promise<void> {
      return this.#list.turn();
    }

    /** The clock of the list. */
    protected nowMs(): number {
      return Date.now();
    }
  };
}
