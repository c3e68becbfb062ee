/**
 * The worker's entry: wiring and nothing else.
 *
 * Read on in app.ts (routes), routes/verify.ts (request and answer), flow/verify.ts (the flow).
 */
import { waitUntil } from 'cloudflare:workers';
import type { ExportedHandler } from '@cloudflare/workers-types';
import { createApp } from './app.ts';
import { type MaybePromise, whenThere } from './async/maybe-promise.ts';
import disposableSet from './checks/data/disposable.bin';
import type { Env } from './env.ts';
import { createPlace } from './http/location.ts';
import { consumeRechecks } from './rechecks/consume.ts';
import { verifierOf } from './verifier.ts';
import { recheckPorts } from './wiring/recheck-ports.ts';
import { createServices, type Platform, type Services } from './wiring/services.ts';

/** Cloudflare's own cache is `default`; the Cache API of the standard has none. */
const { default: cache = null } = (globalThis.caches ?? {}) as { default?: Platform['cache'] };

const place = createPlace();

/**
 * An isolate has one environment; its services are made on the first request and are a cache, nothing else. What is kept is
 * what was made and no promise of it, which would end with the request that began it.
 */
const servicesByEnv = new WeakMap<Env, Services>();

function servicesOf(env: Env): MaybePromise<Services> {
  return whenThere(servicesByEnv.get(env) ?? makeServices(env), (services) => {
    const fresh = services.freshenNames(waitUntil);
    return fresh === null ? services : fresh.then(() => services);
  });
}

async function makeServices(env: Env): Promise<Services> {
  const made = await createServices(env, { disposableSet }, { cache, waitUntil, continent: place.continent });
  // Of requests that came at the same time the first one's serve them all: what an isolate has seen is seen once.
  const services = servicesByEnv.get(env) ?? made;
  servicesByEnv.set(env, services);
  return services;
}

const app = createApp(servicesOf, { nowMs: () => Date.now(), writeLine: (line) => console.log(line), place });

type Queue = NonNullable<ExportedHandler<Env>['queue']>;
type Scheduled = NonNullable<ExportedHandler<Env>['scheduled']>;

const queue: Queue = async (batch, env) => {
  const services = await servicesOf(env);
  await consumeRechecks(batch.messages, recheckPorts(services));
};

/** For other Workers, over a service binding. */
export const Verifier = verifierOf(servicesOf);

const scheduled: Scheduled = async (_, env) => {
  const { refreshOverlay } = await servicesOf(env);
  await refreshOverlay();
};

export { QuotaObject } from './objects/quota-object.ts';
export { RegistryObject } from './objects/registry-object.ts';
export default { fetch: app.fetch, queue, scheduled };
