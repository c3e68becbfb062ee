/**
 * People's lists as routes and objects reach them: the object of an id, the bucket, ids, and the checks that need nobody.
 * Wiring only; before it: services.ts, after it: lists/.
 */
import { base64url } from 'jose';
import { once } from '../../shared/once.ts';
import { countedBinding } from '../async/counted-binding.ts';
import { brokenProviderRule } from '../checks/provider-rules.ts';
import { suggestionFor } from '../checks/suggestion.ts';
import { suggestDomain } from '../checks/typo.ts';
import { bindingOf, type EdgeSettings, type Env } from '../env.ts';
import type { ListBucket } from '../lists/files.ts';
import type { ListApi, TellWebhook } from '../lists/list-api.ts';
import type { LocalChecks } from '../lists/list-work.ts';
import type { KeyService } from './key-ports.ts';
import { createListLink } from './list-link.ts';
import type { WebhookPorts } from './webhook-ports.ts';

/** `bucket` and `listOf` throw a `misconfigured` Problem if the edge lacks a binding of lists. */
export type ListServices = {
  readonly bucket: ListBucket;
  readonly listOf: (id: string) => ListApi;
  /** 128 random bits; of an owner's idempotency key always the same ones. */
  readonly idFor: (owner: string, idempotencyKey: string | null) => Promise<string>;
  /** True under `npm start`: there a list may be made without a key. */
  readonly isOpenToAll: boolean;
  readonly tellWebhook: TellWebhook;
  readonly local: LocalChecks;
  readonly nowMs: () => number;
};

type Wiring = {
  /** A keyed hash of 16 octets or more. */
  readonly mac: (text: string) => Promise<Uint8Array>;
  readonly isDisposable: (domain: string) => boolean;
  readonly attempt: WebhookPorts['attempt'];
  readonly webhookSecretsOf: KeyService['webhookSecretsOf'];
  readonly nowMs: () => number;
};

/** Octets of an id. */
const ID_OCTETS = 16;
export const LIST_ID = /^[A-Za-z0-9_-]{22}$/;
/** Domains of which it is at hand what may have been meant. */
const DOMAINS_AT_HAND_MAX = 10_000;

export function createListPorts(
  env: Pick<Env, 'FILES' | 'LISTS'>,
  { allowsLoopbackNodes }: Pick<EdgeSettings, 'allowsLoopbackNodes'>,
  { mac, isDisposable, attempt, webhookSecretsOf, nowMs }: Wiring,
): ListServices {
  // Both or none: a list without its files is no list.
  const bindings = once(() => ({
    bucket: countedBinding(bindingOf(env, 'FILES'), ['put', 'get', 'delete', 'list', 'createMultipartUpload']),
    objects: bindingOf(env, 'LISTS'),
  }));
  return {
    get bucket() {
      return bindings().bucket;
    },
    listOf(id) {
      const { objects } = bindings();
      return createListLink(() => objects.getByName(id));
    },
    isOpenToAll: allowsLoopbackNodes,
    nowMs,
    async idFor(owner, idempotencyKey) {
      if (idempotencyKey === null) return base64url.encode(crypto.getRandomValues(new Uint8Array(ID_OCTETS)));
      const hash = await mac(`vrfy list v1\n${owner}\n${idempotencyKey}`);
      return base64url.encode(hash.subarray(0, ID_OCTETS));
    },
    async tellWebhook(event, { payer, ownSecret }) {
      const ofKey = payer.kind === 'key' ? await webhookSecretsOf(payer.id) : [];
      return attempt({ ...event, secrets: ownSecret === null ? ofKey : [ownSecret] });
    },
    local: createLocalChecks(isDisposable),
  };
}

/** What is known of an address without asking anybody. A list has the same domains again and again. */
function createLocalChecks(isDisposable: (domain: string) => boolean): LocalChecks {
  const meant = new Map<string, string | null>();
  const isWell = (domain: string): boolean => {
    let known = meant.get(domain);
    if (known === undefined) {
      if (meant.size >= DOMAINS_AT_HAND_MAX) meant.clear();
      known = suggestDomain(domain);
      meant.set(domain, known);
    }
    return known === null;
  };
  return {
    verdictOf: ({ domain, local }) => {
      if (isDisposable(domain)) return 'disposable';
      return brokenProviderRule(local, domain) === null ? null : 'provider_rules';
    },
    suggestionFor: (text, parsed) => {
      // Nearly every address is one of plain characters at a domain that is meant as it is.
      if (parsed.ok && /^[!-~]*$/.test(text) && isWell(parsed.address.domain)) return null;
      return suggestionFor(text, parsed);
    },
  };
}
