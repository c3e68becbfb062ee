/**
 * The worker's entry: wiring only.
 *
 * Continue with app.ts (routes), routes/verify.ts (request and answer), flow/verify.ts (the flow).
 */
import { waitUntil } from 'cloudflare:workers';
import type { ExportedHandler } from '@cloudflare/workers-types';
import { createApp } from './app.ts';
import { asInvocation } from './async/connections.ts';
import disposableSet from './checks/data/disposable.bin';
import type { Env } from './env.ts';
import { faultLogOf } from './http/fault-log.ts';
import { createLocation } from './http/location.ts';
import { openNameOf, ownedNameOf } from './lists/files.ts';
import { listObjectOf } from './objects/list-object.ts';
import { consumeRechecks } from './rechecks/consume.ts';
import { verifierOf } from './verifier.ts';
import { listVerifierOf } from './wiring/list-verifier.ts';
import { recheckPorts } from './wiring/recheck-ports.ts';
import { createServices, type Platform, type Services } from './wiring/services.ts';

/** Cloudflare's own cache is `default`; the Cache API of the standard has none. */
const { default: cache = null } = (globalThis.caches ?? {}) as { default?: Platform['cache'] };

const location = createLocation();

/**
 * A cache: an isolate has one environment, and its first request makes the services. The services are kept and not a
 * promise of them, which would end with the request that began it.
 */
const servicesByEnv = new WeakMap<Env, Services>();

async function servicesOf(env: Env): Promise<Services> {
  return servicesByEnv.get(env) ?? makeServices(env);
}

/** The services once the names of disposable domains are known, for work that no person waits for. */
async function readyServicesOf(env: Env): Promise<Services> {
  const services = await servicesOf(env);
  await services.freshenNames();
  return services;
}

async function makeServices(env: Env): Promise<Services> {
  const made = await createServices(env, { disposableSet }, { cache, waitUntil, continent: location.continent });
  // Concurrent first requests share the services of the first, so that the isolate learns everything in one place.
  const services = servicesByEnv.get(env) ?? made;
  servicesByEnv.set(env, services);
  return services;
}

const app = createApp(servicesOf, { nowMs: () => Date.now(), writeLine: (line) => console.log(line), location });

type Queue = NonNullable<ExportedHandler<Env>['queue']>;
type Scheduled = NonNullable<ExportedHandler<Env>['scheduled']>;

const queue: Queue = (batch, env) =>
  asInvocation(async () => consumeRechecks(batch.messages, recheckPorts(await readyServicesOf(env))));

/** For other Workers, over a service binding. */
export const Verifier = verifierOf(servicesOf);

/** For the objects of lists. */
export const ListVerifier = listVerifierOf(readyServicesOf);

export const ListObject = listObjectOf({
  local: async (env) => (await readyServicesOf(env)).lists.local,
  giveWay: async (env) => (await servicesOf(env)).rightOfWay.giveWay(),
  standBack: async (env) => void (await (await servicesOf(env)).rightOfWay.standBack()),
  disown: async (env, { id, owner, createdAtMs }) =>
    env.FILES.delete([ownedNameOf(owner, id, createdAtMs), openNameOf(id, createdAtMs)]),
  tellWebhook: (env) => async (event, signer) => (await readyServicesOf(env)).lists.tellWebhook(event, signer),
  onFault: (error) => void faultLogOf()(error),
});

const scheduled: Scheduled = async (_, env) => {
  const { refreshOverlay } = await readyServicesOf(env);
  await refreshOverlay();
};

export { KeyHolderObject } from './objects/key-holder-object.ts';
export { QuotaObject } from './objects/quota-object.ts';
export { RegistryObject } from './objects/registry-object.ts';
export default { fetch: app.fetch, queue, scheduled };
