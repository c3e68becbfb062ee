/** The services of a small world, for tests that call the app over HTTP. */
import type { JWK } from 'jose';
import { createRightOfWay } from '../../edge/async/right-of-way.ts';
import { deleteMark, getMark, listMarks, putMark } from '../../edge/disposable/mark.ts';
import { createBackup } from '../../edge/wiring/backup-ports.ts';
import { createListPorts } from '../../edge/wiring/list-ports.ts';
import type { Services } from '../../edge/wiring/services.ts';
import { createTestAnswers } from '../../edge/wiring/test-answers.ts';
import { createWebhookPorts } from '../../edge/wiring/webhook-ports.ts';
import { SUFFIXES } from '../../scripts/public-suffixes.ts';
import { noLists } from './lists/no-lists.ts';
import { nobodysNodes } from './nodes/registry-world.ts';
import type { World } from './small-world.ts';

/** Probes a day for a key of which nothing else was said. */
export const KEY_DAILY_QUOTA = 100;

export function smallServices(
  { ports, gather, store, keyPorts, quotas }: World,
  publicKeys: readonly JWK[] = [],
  rest: Partial<Services> = {},
): Services {
  const nodes = nobodysNodes();
  const publicSuffixes = async () => SUFFIXES;
  const marks: Services['marks'] = {
    get: (domain) => getMark(store, domain),
    put: (domain, mark, markedAtMs = ports.nowMs()) => putMark(store, domain, mark, markedAtMs),
    delete: (domain) => deleteMark(store, domain),
    list: (cursor) => listMarks(store, cursor),
  };
  return {
    ports,
    gather,
    publicKeys,
    openRecheck: async () => null,
    nodes,
    ...keyPorts,
    quotas,
    webhooks: createWebhookPorts({
      fetch,
      lookUp: async () => ({ kind: 'nxdomain' }),
      urls: { allowsLoopback: true },
      nowMs: ports.nowMs,
    }),
    lists: createListPorts(
      noLists(),
      { allowsLoopbackNodes: false },
      {
        mac: async () => new Uint8Array(32),
        isDisposable: ports.isDisposable,
        attempt: async () => ({ kind: 'failed', fault: 'nobody' }),
        webhookSecretsOf: keyPorts.keyService.webhookSecretsOf,
        nowMs: ports.nowMs,
      },
    ),
    keyDailyQuota: KEY_DAILY_QUOTA,
    testAnswers: () => createTestAnswers((domain) => domain === 'mailinator.com', ports.nowMs),
    freshenNames: () => null,
    publicSuffixes,
    marks,
    backup: createBackup({ keys: keyPorts.keyBackup, marks, registry: (rest.nodes ?? nodes).registry, publicSuffixes }),
    refreshOverlay: async () => {},
    freeKeys: null,
    rightOfWay: createRightOfWay({ nowMs: ports.nowMs, later: async () => {} }),
    signResult: async () => 'a token of nobody',
    ...rest,
  };
}
