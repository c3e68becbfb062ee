/**
 * The services of the routes: settings turned into keys and capabilities, made once per isolate.
 *
 * It wires and decides nothing. The private key is imported with WebCrypto such that it cannot be exported again.
 */
import type { JWK } from 'jose';
import type { Answer } from '../../shared/answer.ts';
import { once } from '../../shared/once.ts';
import { createRepeatedClassify } from '../../shared/replies/repeated-reply.ts';
import { withConnection } from '../async/connections.ts';
import { countedBinding } from '../async/counted-binding.ts';
import { pacedStore } from '../async/paced-store.ts';
import { createRightOfWay, type RightOfWay } from '../async/right-of-way.ts';
import { withSecondTry } from '../async/second-try.ts';
import { createSingleFlight, sharingNothing } from '../async/single-flight.ts';
import { type GatheredMemory, gatherMemory } from '../batch/batch-memory.ts';
import { gatherProbes } from '../batch/batch-probes.ts';
import { gatherQueries } from '../batch/batch-queries.ts';
import type { ManyPorts } from '../batch/verify-many.ts';
import { openDisposableSet } from '../checks/disposable.ts';
import type { PublicSuffixes } from '../checks/public-suffix.ts';
import { signResult, type TokenParties } from '../crypto/result-token.ts';
import { deriveSealKey } from '../crypto/seal.ts';
import { importSigningKeys } from '../crypto/signing-keys.ts';
import { createEffectiveSet, type EffectiveSet } from '../disposable/effective-set.ts';
import { refreshOverlay } from '../disposable/refresh.ts';
import { createDnsQuery } from '../dns/doh.ts';
import { bindingOf, type Env, parseEdgeSettings } from '../env.ts';
import type { VerifyPorts } from '../flow/verify.ts';
import { createFaultCount, errorKind } from '../http/fault-log.ts';
import type { KeeperOf } from '../keys/records.ts';
import { createAnswers } from '../memory/answers.ts';
import { believing, believingHosts } from '../memory/belief.ts';
import type { HttpCache } from '../memory/data-centre-cache.ts';
import { createDomains } from '../memory/domains.ts';
import { createNearVerdicts, type NearVerdicts } from '../memory/near-verdicts.ts';
import { createPatientStore } from '../memory/patient-store.ts';
import { createRecallBoth } from '../memory/recall-both.ts';
import { type BulkStore, memoryKey, type Store } from '../memory/results.ts';
import { createVerdicts } from '../memory/verdicts.ts';
import type { EnrolPorts } from '../nodes/registry/enrol.ts';
import type { Look, NodeEvidence } from '../probe/ask-nodes.ts';
import type { WarmPorts } from '../probe/warm.ts';
import { createWarmBounds } from '../probe/warm-bounds.ts';
import { claimRecheck } from '../rechecks/claim.ts';
import { RECHECK_PURPOSE, type Recheck, seal, unseal } from '../rechecks/message.ts';
import { createNodeOrder } from '../wiring/node-order.ts';
import { type Backup, createBackup } from './backup-ports.ts';
import { createFreeKeys, type FreeKeys } from './free-key-ports.ts';
import { createKeyPorts, type KeyPorts } from './key-ports.ts';
import { createListPorts, type ListServices } from './list-ports.ts';
import { createMailer } from './mailer.ts';
import { createMarkKeeper, type MarkKeeper } from './mark-ports.ts';
import { createNodePorts } from './node-ports.ts';
import { fetchPublicSuffixes } from './public-suffixes.ts';
import { createQuotas, type Quotas } from './quotas.ts';
import { createRegistryPorts } from './registry-ports.ts';
import { createTestAnswers, type TestAnswers } from './test-answers.ts';
import { createWebhookPorts, type WebhookPorts } from './webhook-ports.ts';

/** Milliseconds: a request that began a probe may go on for 30 s after its client has left. */
const PROBE_LOST_AFTER_MS = 30_000;
/** Milliseconds until a recheck that the queue did not take is sent again. */
const SEND_PAUSE_MS = 1_000;

export type Services = KeyPorts & {
  readonly webhooks: WebhookPorts;
  readonly ports: Omit<VerifyPorts, 'waitUntil' | 'names'> & WarmPorts;
  /** Forms before lists, within the isolate. */
  readonly rightOfWay: RightOfWay;
  /** Ports of a batch of addresses. */
  readonly gather: ManyPorts['gather'];
  /** A recheck from the queue, or null if the message is none of ours. */
  readonly openRecheck: (body: unknown) => Promise<Recheck | null>;
  /** Public keys as `/.well-known/jwks.json` shows them, until the `exp` that one may have. */
  readonly publicKeys: readonly JWK[];
  /** Ports of routes/nodes.ts. */
  readonly nodes: EnrolPorts;
  /** Renews the names of disposable domains; null if there is nothing to wait for before they are looked up. */
  readonly freshenNames: EffectiveSet['freshen'];
  /** The public suffix list, which no verdict needs. */
  readonly publicSuffixes: () => Promise<PublicSuffixes>;
  /** The operator's marks on domains. */
  readonly marks: MarkKeeper;
  /** Back-up and restore of keys, marks and nodes. */
  readonly backup: Backup;
  /** The quotas of callers. */
  readonly quotas: Quotas;
  /** Probes a day for a key without a quota of its own, or null without a bound. */
  readonly keyDailyQuota: number | null;
  /** Free keys by mail, or null if this edge sends no mail. */
  readonly freeKeys: FreeKeys | null;
  /** Signs the answer that a page got, for the server of its form. */
  readonly signResult: (parties: TokenParties, answer: Answer) => Promise<string>;
  /** The answers for test keys; made on first use. */
  readonly testAnswers: () => TestAnswers;
  /** People's lists. */
  readonly lists: ListServices;
  /** Fetches the configured sources of disposable domains, for the cron trigger. */
  readonly refreshOverlay: () => Promise<void>;
};

export type Assets = { readonly disposableSet: ArrayBuffer };

/** The runtime's capabilities besides `fetch`. */
export type Platform = {
  /** The Cache API, or null if there is none. */
  readonly cache: HttpCache | null;
  /** Keeps work alive after the answer, in the context of the request that is being served. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Code of the continent that requests come from, or null if not known. */
  readonly continent: () => string | null;
};

export async function createServices(env: Env, assets: Assets, ofRuntime: Platform): Promise<Services> {
  const platform = { ...ofRuntime, cache: ofRuntime.cache && countedBinding(ofRuntime.cache, ['match', 'put']) };
  const kv = countedBinding(bindingOf(env, 'MEMORY'), ['get', 'list', 'put', 'delete']);
  const settings = parseEdgeSettings(env);
  const keys = await importSigningKeys(settings.signingJwks);
  const cacheKey = await crypto.subtle.importKey('raw', settings.cacheKey, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const disposableSet = openDisposableSet(assets.disposableSet);
  // Bound, because a Worker's fetch must not be called as a method of something else.
  const boundFetch: typeof fetch = (input, init) => fetch(input, init);
  const nowMs = (): number => Date.now();
  const publicSuffixes = async (): Promise<PublicSuffixes> => fetchPublicSuffixes(bindingOf(env, 'ASSETS'));
  const sealKey = await deriveSealKey(settings.cacheKey, RECHECK_PURPOSE);
  const { waitUntil } = platform;
  const query = createDnsQuery(
    { urls: settings.dohUrls, sandboxUrl: settings.sandboxDohUrl },
    { fetch: boundFetch, nowMs, ...platform },
  );
  const { roster, belief, enrolPorts } = createRegistryPorts(env, settings, {
    fetch: boundFetch,
    query,
    nowMs,
    random: Math.random,
    // No address: this has no `@`.
    edgeName: (await memoryKey(cacheKey, 'registry')).slice('v2:'.length),
    ...platform,
  });
  // Under `npm start` the runtime makes a location up.
  const clientRegion = settings.allowsLoopbackNodes ? (): null => null : platform.continent;
  const nodeOrder = createNodeOrder({ clientRegion, nowMs, randomText: () => crypto.randomUUID() });
  const names = createEffectiveSet({
    store: kv,
    isListed: disposableSet.has,
    nowMs,
    waitUntil,
    log: logLine,
  });
  const rightOfWay = createRightOfWay({ nowMs, later });
  const nodes = createNodePorts({
    giveWay: rightOfWay.giveWay,
    order: async (job, choice) => nodeOrder.order(await roster(), job, choice),
    noteWay: nodeOrder.times.note,
    fetch: boundFetch,
    signingKey: () => keys.signingKey(nowMs()),
    nowMs,
    random: Math.random,
    after,
    onNodeFault: logNodeFault,
  });
  const store = createPatientStore(env.MEMORY, nowMs, Math.random);
  const verdicts = createVerdicts(cacheKey, nowMs);
  const near = platform.cache === null ? null : createNearVerdicts(platform.cache, nowMs);
  const domains = createDomains(nowMs);
  const shared = {
    isDisposable: names.isDisposable,
    isAllowed: names.isAllowed,
    query,
    probe: nodes.probe,
    noteRefusal: nodeOrder.refusals.note,
    noteReason: nodes.noteReason,
    random: Math.random,
    noteLook: (look: Look) => {
      if (look.isDisputed) logLine({ event: 'nodes_disagree', ...look, isDisputed: undefined });
      // If the count fails, the figure is a little too small.
      waitUntil(enrolPorts.registry.noteLook(look.nodes, look.isDisputed).catch(() => {}));
    },
    noteUnrecorded: createFaultCount(nowMs, (error, times) => logLine({ event: 'not_recorded', error, times })),
    warm: nodes.warm,
    answers: createAnswers(nowMs),
    classify: createRepeatedClassify(nowMs),
    admitWarm: createWarmBounds(nowMs).admit,
    // Work of our own costs no quota. The routes replace this by the reservation of their caller.
    quota: null,
    nowMs,
  };
  const portsWith = (
    memory: Store & Partial<BulkStore>,
    near: NearVerdicts | null,
    behind: GatheredMemory['behind'],
  ): Omit<Services['ports'], 'probes'> => {
    const believed = believing(verdicts(memory, near), belief);
    const believedHosts = believingHosts(domains(memory), belief);
    return {
      ...shared,
      ...believed,
      ...believedHosts,
      recallBoth: createRecallBoth(memory, believed, believedHosts),
      scheduleRecheck: async (recheck, delaySeconds) => {
        if (!(await claimRecheck(memory, cacheKey, recheck, delaySeconds))) return;
        const message = await seal(sealKey, recheck);
        await behind(() =>
          withSecondTry(SEND_PAUSE_MS, () =>
            withConnection('other', () => env.RECHECKS.send(message, { delaySeconds })),
          ),
        );
      },
    };
  };
  // No holder of a mailbox has such a name: theirs are base64url.
  const keeperOf: KeeperOf = (id) => env.KEY_HOLDERS.getByName(`key ${id}`);
  const keyPorts = createKeyPorts(pacedStore(kv), keeperOf, settings.cacheKey, nowMs);
  const webhooks = createWebhookPorts({ fetch: boundFetch, lookUp: enrolPorts.lookUp, urls: enrolPorts.urls, nowMs });
  const mailer = createMailer(env, settings, boundFetch);
  const marks = createMarkKeeper(pacedStore(kv), names, nowMs);
  return {
    publicKeys: keys.publicKeys,
    ports: {
      ...portsWith(store, near, async (run) => void (await run())),
      probes: createSingleFlight<NodeEvidence | null>({
        nowMs,
        waitUntil,
        lostAfterMs: PROBE_LOST_AFTER_MS,
        givenUp: null,
      }),
    },
    rightOfWay,
    gather: (signal, traceparent, giveWay) => {
      const {
        store: many,
        behind,
        finish,
      } = gatherMemory(store, {
        after,
        giveWay,
      });
      return {
        ports: {
          // The data centre's cache would need a call for each address, where KV reads a hundred in one.
          ...portsWith(many, null, behind),
          query: gatherQueries(query, signal),
          // No address comes twice, and a client that goes away must not end a probe that another caller waits for.
          probes: sharingNothing(),
        },
        join: gatherProbes({ dispatch: (jobs) => nodes.dispatch(jobs, signal, traceparent), after }, signal),
        finish,
        ...(giveWay === undefined ? {} : { giveWay }),
      };
    },
    openRecheck: (body) => unseal(sealKey, body),
    nodes: enrolPorts,
    freshenNames: names.freshen,
    ...keyPorts,
    freeKeys:
      mailer === null
        ? null
        : createFreeKeys(env, settings, { ...keyPorts, mailer, secret: cacheKey, nowMs, onFault: logUnsent }),
    signResult: (parties, answer) => signResult(keys.signingKey(nowMs()), parties, answer, nowMs()),
    webhooks,
    keyDailyQuota: settings.keyDailyQuota,
    quotas: createQuotas(env, settings, {
      secret: cacheKey,
      nowMs,
      onFault: logUncounted,
      cache: platform.cache,
    }),
    testAnswers: once(() => createTestAnswers(disposableSet.has, nowMs)),
    publicSuffixes,
    marks,
    backup: createBackup({ keys: keyPorts.keyBackup, marks, registry: enrolPorts.registry, publicSuffixes }),
    lists: createListPorts(env, settings, {
      mac: async (text) => new Uint8Array(await crypto.subtle.sign('HMAC', cacheKey, new TextEncoder().encode(text))),
      isDisposable: names.isDisposable,
      attempt: webhooks.attempt,
      webhookSecretsOf: keyPorts.keyService.webhookSecretsOf,
      nowMs,
    }),
    refreshOverlay: async () => {
      // Builds its sets when it is first imported, which an isolate that refreshes nothing never does.
      const { faultOfLoneName } = await import('../checks/listable-name.ts');
      const suffixes = await publicSuffixes();
      const rules = { faultOf: (name: string) => faultOfLoneName(name, suffixes), isKnown: disposableSet.has };
      const ports = { ...rules, store: env.MEMORY, fetch: boundFetch, nowMs, log: logLine };
      await refreshOverlay(settings.disposableListUrls, ports);
    },
  };
}

function after(ms: number, callBack: () => void): () => void {
  const timer = setTimeout(callBack, ms);
  return () => clearTimeout(timer);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function logNodeFault(node: string, fault: string): void {
  logLine({ event: 'node_fault', node, fault });
}

/** Never logs who the caller was. */
function logUncounted(error: unknown): void {
  logLine({ event: 'quota_not_counted', error: errorKind(error) });
}

/** Never to whom it was to go, nor the words of the error, which may name them. */
function logUnsent(error: unknown): void {
  logLine({ event: 'key_mail_fault', error: errorKind(error) });
}

function logLine(line: Readonly<Record<string, unknown>>): void {
  console.warn(JSON.stringify(line));
}
