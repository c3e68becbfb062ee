/** A busy fleet that does not exist, behind the routes of the console: for pictures, and for looking at the page. */
import type { Page } from 'playwright-core';
import type { NodeHistory, NodeReport } from '../../../shared/enrolment.ts';

const REGIONS: readonly (readonly [string, readonly string[]])[] = [
  ['ap-northeast', ['nrt1', 'nrt2']],
  ['ap-southeast', ['sin1', 'sin2', 'syd1']],
  ['eu-central', ['fra1', 'fra2', 'fra3', 'vie1', 'waw1']],
  ['eu-north', ['hel1', 'sto1']],
  ['eu-west', ['ams1', 'dub1', 'lon1', 'par1']],
  ['sa-east', ['gru1']],
  ['us-east', ['iad1', 'iad2', 'nyc1', 'yyz1']],
  ['us-west', ['lax1', 'pdx1', 'sfo1']],
];
const PROVIDERS = [
  ...['google', 'microsoft365', 'outlook', 'yahoo', 'icloud', 'gmx', 'web-de', 'comcast', 'orange', 't-online', 'zoho'],
  ...['fastmail', 'ionos', 'seznam', 'wp-pl', 'mailru', 'yandex', 'tencent', 'naver', 'bt', 'ovh', 'proton'],
];
const SILENT = new Set(['nrt2', 'waw1']);

type Source = NodeReport['sources'][number];
type Treatment = NonNullable<Source['treatment']>[number];

/** In [0, 1), always the same ones: a linear congruential generator. */
function createDice(seed = 7): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function nodesAt(nowMs: number): readonly NodeReport[] {
  const dice = createDice();
  let number = 10;
  return REGIONS.flatMap(([region, ids]) =>
    ids.map((id): NodeReport => {
      const state = id === 'waw1' ? 'resting' : id === 'nrt2' ? 'lost' : id === 'dub1' ? 'draining' : 'active';
      const addresses = id === 'fra1' || id === 'iad1' ? 2 : 1;
      const sources = Array.from({ length: addresses }, (): Source => {
        number += 1;
        const isListed = number === 17 || number === 27;
        const treatment = SILENT.has(id) ? [] : PROVIDERS.flatMap((each) => treatmentOf(each, isListed, dice));
        return { ip: `192.0.2.${number}`, helo: `${id}.nodes.example`, resting: [], treatment };
      });
      const heardMs = nowMs - (state === 'lost' ? 412_000 : Math.floor(dice() * 9_000));
      return {
        id,
        url: `https://${id}.nodes.example/`,
        region,
        network: 'AS64500',
        state,
        enrolled_at: '2026-01-01T00:00:00.000Z',
        last_heartbeat_at: new Date(heardMs).toISOString(),
        protocol: 1,
        version: '0.1.0',
        rules_version: 'abc',
        running_jobs: state === 'active' ? Math.floor(20 + dice() * 340) : 0,
        capacity: 4_000,
        job_quantiles: { p50_ms: 180 + dice() * 240, p95_ms: 900 + dice() * 1_900 },
        sources,
        standings: [],
        phases: { dns: 1, connect: 2, greeting: 3, ehlo: 4, job: 5 },
        findings: state === 'resting' ? [NO_PORT_25] : [],
      };
    }),
  );
}

const NO_PORT_25: NodeReport['findings'][number] = {
  check: 'port_25',
  level: 'fault',
  detail: 'None of 4 large mail servers could be reached on port 25.',
  fix: 'Ask the provider of the machine to open port 25 outwards; most do on request.',
};

function treatmentOf(provider: string, isListed: boolean, dice: () => number): readonly Treatment[] {
  const lot = dice();
  if (lot > 0.9) return [];
  const counts = { provider, answers: Math.floor(5 + dice() * 400), refusals: 0, deferrals: Math.floor(dice() * 4) };
  if (isListed && ['microsoft365', 'outlook', 'icloud', 'gmx', 'web-de', 'comcast', 't-online'].includes(provider)) {
    return [{ ...counts, answers: 0, refusals: 14, last: 'ip_blocked' }];
  }
  if (provider === 'comcast' && lot < 0.25) return [{ ...counts, refusals: 3, last: 'policy_other' }];
  if ((provider === 'yahoo' && lot < 0.5) || lot < 0.03) {
    return [{ ...counts, answers: 12, deferrals: 60, last: 'rate_limited' }];
  }
  return [{ ...counts, last: 'accepted' }];
}

function historyAt(nowMs: number): NodeHistory {
  const dice = createDice();
  const points = Array.from({ length: 60 }, (_, place) => {
    const volume = 640 + 260 * Math.sin(place / 9) + 150 * dice() + (place > 38 && place < 47 ? 420 : 0);
    const part = (share: number): number => Math.floor(volume * share * (0.85 + 0.3 * dice()));
    return {
      at: new Date(Math.floor(nowMs / 60_000) * 60_000 - (60 - place) * 60_000).toISOString(),
      jobs: part(0.6),
      accepted: part(0.61),
      doubtful: part(0.11),
      mailbox_refused: part(0.17),
      deferred: part(0.06),
      blocked: part(0.02),
      no_reply: part(0.02),
      held_back: part(0.01),
    };
  });
  return { span: 'hour', step_s: 60, points };
}

const KEY = {
  email: null,
  origins: [],
  visitor_daily_quota: null,
  visitor_minute_quota: null,
  created_at: '2026-01-12T09:30:00.000Z',
};
const KEYS = [
  { ...KEY, id: 'b3BlbnNlc2FtZQ', kind: 'secret', name: 'Shop', daily_quota: 50_000, used_today: 31_204 },
  { ...KEY, id: 'c2lnbnVw', kind: 'publishable', name: 'Sign-up form', daily_quota: 5_000, used_today: 812 },
  { ...KEY, id: 'Zm9yYWRh', kind: 'secret', name: null, daily_quota: 100, used_today: 100 },
  { ...KEY, id: 'dGVzdHM', kind: 'test', name: 'Tests', daily_quota: null, used_today: null },
].map((key) => ({
  ...key,
  email: key.id === 'Zm9yYWRh' ? 'ada@example.org' : null,
  origins: key.kind === 'publishable' ? ['https://shop.example.com'] : [],
}));

function listsAt(nowMs: number) {
  const list = { created_at: new Date(nowMs - 2_400_000).toISOString(), waiting_for: null, key: 'b3BlbnNlc2FtZQ' };
  return [
    {
      ...list,
      id: 'l1',
      name: 'Newsletter May',
      state: 'running',
      distinct: 184_202,
      done: 121_873,
      eta_seconds: 1_460,
    },
    {
      ...list,
      id: 'l2',
      name: 'CRM export',
      state: 'waiting',
      waiting_for: 'quota',
      distinct: 61_980,
      done: 40_012,
      eta_seconds: null,
    },
    {
      ...list,
      id: 'l3',
      name: 'Old shop',
      state: 'reading',
      key: null,
      distinct: 9_310,
      done: 4_120,
      eta_seconds: null,
    },
  ];
}

const MARKS = [
  { domain: 'partner.example', mark: 'allow', marked_at: '2026-02-02T10:00:00.000Z' },
  { domain: 'ten-minutes.example', mark: 'disposable', marked_at: '2026-02-20T10:00:00.000Z' },
];

/** Answers the console's questions with the fleet. */
export async function serveLivelyConsole(page: Page, token: string): Promise<void> {
  const nowMs = Date.now();
  const nodes = nodesAt(nowMs);
  const json = (path: RegExp, body: unknown) => page.route(path, (route) => route.fulfill({ json: body }));
  const event = JSON.stringify({ nodes, ids: nodes.map(({ id }) => id) });
  await page.route(/\/v1\/nodes\/events$/, (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: `event: nodes\nid: 1\ndata: ${event}\n\n` }),
  );
  await json(/\/v1\/nodes\/history/, historyAt(nowMs));
  await json(/\/v1\/keys/, { keys: KEYS, cursor: null });
  await json(/\/v1\/lists\/open/, { lists: listsAt(nowMs), cursor: null });
  await json(/\/v1\/domains/, { domains: MARKS, cursor: null });
  await page.addInitScript((key) => sessionStorage.setItem('vrfy:admin', key), token);
}
