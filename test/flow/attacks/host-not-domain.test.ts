/**
 * Attack: a domain whose first MX bears a provider's name and does not exist, so that the conduct of the attacker's own
 * host is charged to the provider. Pace, rest and counts belong to the host that is asked.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import type { Script } from './mail-host.ts';

const QUOTA = 5;
/** Sessions that one server may have with one node (probe-node/pace/limiter.ts). */
const SESSIONS_MAX = 8;

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ nodes: [{ PROBE_PACE: 'on' }], edge: { ANONYMOUS_DAILY_QUOTA: String(QUOTA) } });
});

afterAll(() => lab.close());

/** Clients of their own, since a day's quota is small here. */
let clients = 0;
function someone(): string {
  clients += 1;
  return `203.0.113.${clients}`;
}

const REFUSES_US: Script = {
  reply: ({ verb }, { ip }) =>
    verb === 'RCPT' ? `550 5.7.1 Service unavailable; client [${ip}] blocked using zen.spamhaus.org` : undefined,
};

describe('three refusals by a host of an unknown provider', () => {
  const attacks: readonly (readonly [provider: string, gone: string, domain: string, host: string])[] = [
    ['Google', 'gone.google.com', 'school.example', 'aspmx.l.google.com'],
    ['Apple', 'gone.mail.icloud.com', 'icloud.com', 'mx01.mail.icloud.com'],
    ['GMX', 'gone.gmx.net', 'gmx.de', 'mx00.gmx.net'],
  ];

  test.each(attacks)(
    'three refusals by another host rest no node for %s, although its name comes first in the MX',
    async (provider, gone, domain, host) => {
      const evil = `${provider.toLowerCase()}.evil.example`;
      await lab.host(evil, REFUSES_US);
      await lab.host(host);
      lab.mx(domain, { 10: host });
      const attackers = ['one', 'two', 'three', 'four'].map((name) => `${name}.${evil}`);
      for (const attacker of attackers) {
        lab.mx(attacker, { 0: gone, 10: evil });
        expect(wordOf(await lab.ask(`ada@${attacker}`, {}, someone()))).toBe('unknown/blocked');
      }
      expect(wordOf(await lab.ask(`ada@${domain}`, {}, someone()))).toBe('deliverable/accepted');
    },
  );

  test('three refusals by a host rest no node for the neighbours of a rented machine', async () => {
    for (const name of ['ovh.net', 'amazonaws.com', 'secureserver.net']) {
      await lab.host(`vps666.${name}`, REFUSES_US);
      await lab.host(`vps1.${name}`);
      for (const attacker of ['one', 'two', 'three', 'four'].map((word) => `${word}.${name}.evil.example`)) {
        lab.mx(attacker, { 10: `vps666.${name}` });
        expect(wordOf(await lab.ask(`ada@${attacker}`, {}, someone()))).toBe('unknown/blocked');
      }
      lab.mx(`${name}.neighbour.example`, { 10: `vps1.${name}` });
      expect(wordOf(await lab.ask(`ada@${name}.neighbour.example`, {}, someone()))).toBe('deliverable/accepted');
    }
  });
});

test('a silent server uses up no session of the provider whose name comes first in the MX', async () => {
  const silent = await lab.host('silent.evil.example', { greeting: null });
  await lab.host('mx00.mail.com');
  lab.mx('mail.com', { 10: 'mx00.mail.com' });
  const attackers = Array.from({ length: 6 }, (_, n) => `hush${n}.example`);
  for (const attacker of attackers) lab.mx(attacker, { 0: 'gone.mail.com', 10: silent.name });
  const attacks = attackers.map((attacker) => lab.ask(`ada@${attacker}`, { deadline_ms: 1_000 }, someone()));
  for (const answer of await Promise.all(attacks)) expect(answer.verdict).toBe('unknown');
  await expect.poll(() => silent.connections().open).toBeGreaterThan(0);
  expect(wordOf(await lab.ask('ada@mail.com', {}, someone()))).toBe('deliverable/accepted');
});

test('a server gets no more sessions than its limit, however many names lead to it', async () => {
  const victim = await lab.host('victim.example', {
    reply: ({ verb }) => (verb === 'RCPT' ? null : undefined),
  });
  const gone = ['gone.google.com', 'gone.mx.microsoft', 'gone.mail.icloud.com', 'gone.gmx.net', 'gone.web.de'];
  const providers = [
    ...gone,
    'gone.protonmail.ch',
    'gone.zoho.com',
    'gone.yandex.net',
    'gone.mail.ru',
    'gone.gandi.net',
  ];
  const questions = Array.from({ length: 60 }, (_, n) => {
    lab.dns.address(`v${n}.victim.example`, victim.ip);
    lab.mx(`flood${n}.example`, { 0: providers[n % providers.length] ?? '', 10: `v${n}.victim.example` });
    return lab.ask(`ada@flood${n}.example`, { deadline_ms: 3_000 }, someone());
  });
  for (const { verdict } of await Promise.all(questions)) expect(verdict).toBe('unknown');
  expect(victim.connections().most).toBeGreaterThan(0);
  expect(victim.connections().most).toBeLessThanOrEqual(SESSIONS_MAX);
});

test('unknown verdicts from hosts of unknown providers are free up to a bound', async () => {
  const client = someone();
  const askOne = async (n: number): Promise<number> => {
    // No server listens there.
    lab.dns.address(`dead${n}.example`, `127.77.${n >> 8}.${n & 255}`);
    lab.mx(`free${n}.example`, { 10: `dead${n}.example` });
    return (await lab.request(`ada@free${n}.example`, {}, client)).status;
  };
  const statuses: number[] = [];
  while (statuses.length < 100 * QUOTA && !statuses.includes(429)) {
    const next = statuses.length + 1;
    // So many at once as may each hold a unit.
    statuses.push(...(await Promise.all(Array.from({ length: QUOTA }, (_, index) => askOne(next + index)))));
  }
  expect(statuses).toContain(429);
  // A mail server that is down does not spend the quota at once.
  expect(statuses.indexOf(429)).toBeGreaterThan(QUOTA);
});
