/**
 * Attack: one host of a domain accepts everybody, and its answer is taken for another host's. And a greylister that
 * remembers the whole triplet: it accepts a mailbox that comes again, and never a newly drawn name.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';
import { greylister, KNOWN, type Script, TAKES_EVERYBODY } from './mail-host.ts';

const UNPROVEN = ['risky/catch_all', 'risky/unconfirmed'];
const AWAY: readonly (readonly [how: string, script: Script])[] = [
  ['drops connections', { isDown: true }],
  ['says 421', { greeting: '421 4.3.2 System is going down' }],
];

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ nodes: [{}, {}] });
});

afterAll(() => lab.close());

describe('a strict primary and a backup that accepts everybody', () => {
  const open = async (domain: string, primary: Script = {}) => {
    lab.mx(domain, { 10: `mx1.${domain}`, 20: `mx2.${domain}` });
    await lab.host(`mx2.${domain}`, TAKES_EVERYBODY);
    return lab.host(`mx1.${domain}`, primary);
  };

  test.each(AWAY)(
    'an invented name behind a backup that accepts everybody is not deliverable while the primary %s',
    async (how, script) => {
      const domain = `${how.replace(/\W/g, '-')}.corp.example`.toLowerCase();
      const primary = await open(domain);
      expect(wordOf(await lab.ask(`ada@${domain}`))).toBe('deliverable/accepted');
      expect(wordOf(await lab.ask(`ghost@${domain}`))).toBe('invalid/mailbox_not_found');
      primary.become(script);
      for (const name of ['ghost', 'spook', 'wraith']) {
        expect(UNPROVEN).toContain(wordOf(await lab.ask(`${name}@${domain}`, { max_age: 0 })));
      }
      const batch = await lab.askAll(['shade', 'spirit'].map((name) => `${name}@${domain}`));
      for (const answer of batch.values()) expect(UNPROVEN).toContain(wordOf(answer));
    },
  );

  test('a domain whose backup was asked first is not catch-all once the primary answers', async () => {
    await open('late.corp.example');
    lab.mx('late.corp.example', { 20: 'mx2.late.corp.example' });
    expect(UNPROVEN).toContain(wordOf(await lab.ask('ada@late.corp.example')));
    lab.mx('late.corp.example', { 10: 'mx1.late.corp.example', 20: 'mx2.late.corp.example' });
    expect(wordOf(await lab.ask('grace@late.corp.example'))).toBe('deliverable/accepted');
    expect(wordOf(await lab.ask('ghost@late.corp.example'))).toBe('invalid/mailbox_not_found');
    const again = await lab.ask('ada@late.corp.example', { max_age: 0 });
    expect(again).toMatchObject({ reason: 'accepted', flags: { catch_all: false } });
  });

  test('two hosts of one preference never lend each other their answers', async () => {
    lab.mx('pair.example', { 10: ['strict.pair.example', 'lax.pair.example'] });
    await lab.host('strict.pair.example');
    await lab.host('lax.pair.example', TAKES_EVERYBODY);
    for (let n = 0; n < 8; n += 1) {
      const [ghost, ada] = await Promise.all([
        lab.ask(`ghost${n}@pair.example`),
        lab.ask('ada@pair.example', { max_age: 0 }),
      ]);
      expect(['invalid/mailbox_not_found', ...UNPROVEN]).toContain(wordOf(ghost));
      expect(['deliverable/accepted', ...UNPROVEN]).toContain(wordOf(ada));
      for (const { verdict, smtp } of [ghost, ada]) {
        expect(verdict === 'risky').toBe(smtp?.host === 'lax.pair.example');
      }
    }
  });
});

test('a refused recipient ends a remembered catch-all at once', async () => {
  const host = await lab.site('reformed.example', TAKES_EVERYBODY);
  expect(wordOf(await lab.ask('ada@reformed.example'))).toBe('risky/catch_all');
  host.become({});
  expect(wordOf(await lab.ask('ghost@reformed.example'))).toBe('invalid/mailbox_not_found');
  expect(wordOf(await lab.ask('grace@reformed.example'))).toBe('deliverable/accepted');
});

test.each([
  ['in groups', ['PIPELINING']],
  ['one by one', []],
])('a greylister that remembers the whole triplet is settled by asking again %s', async (how, keywords) => {
  const domain = `${how.replaceAll(' ', '-')}.grey.example`;
  const host = await lab.site(domain, { ...greylister(1), keywords });
  const email = `ada@${domain}`;
  expect(wordOf(await lab.ask(email))).toBe('unknown/greylisted');
  // Our own recheck comes first; a caller that asks again then gives the random mailbox its second chance.
  const settled = async (): Promise<string> => wordOf(await lab.ask(email, { max_age: 1 }));
  await expect.poll(settled, { interval: 1_200 }).toBe('deliverable/accepted');
  expect(new Set(host.visits.map(({ ip, sender }) => `${ip} ${sender}`)).size).toBe(1);
  expect(new Set(host.asked().filter((address) => !KNOWN.test(address))).size).toBe(1);
});
