/** Attack: the resolver of one node knows nothing of a mail host. One resolver's word makes no living address invalid. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, openLab, wordOf } from './lab.ts';

const WAYS = ['no_such_name', 'no_data'] as const;

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(() => lab.close());

describe.each(WAYS)('with a node whose resolver says %s', (way) => {
  const zone = `${way.replaceAll('_', '-')}.example`;

  test("an address is unreachable if the node's resolver fails for the only mail host", async () => {
    const host = await lab.site(`one.${zone}`);
    lab.dns.hideFromNodes(host.name, way);
    expect(wordOf(await lab.ask(`ada@one.${zone}`))).toBe('unknown/unreachable');
    const batch = await lab.askAll([`grace@one.${zone}`, `ghost@one.${zone}`]);
    expect([...batch.values()].map(wordOf)).toEqual(['unknown/unreachable', 'unknown/unreachable']);
  });

  test("an address is unreachable if the node's resolver fails for one mail host and the other does not exist", async () => {
    const host = await lab.host(`mx1.two.${zone}`);
    lab.mx(`two.${zone}`, { 10: host.name, 20: `nowhere.two.${zone}` });
    lab.dns.hideFromNodes(host.name, way);
    expect(wordOf(await lab.ask(`ada@two.${zone}`))).toBe('unknown/unreachable');
  });

  test("an address is unreachable if the node's resolver fails for the domain itself, which has no MX and an address", async () => {
    const host = await lab.host(`bare.${zone}`);
    lab.dns.hideFromNodes(host.name, way);
    expect(wordOf(await lab.ask(`ada@bare.${zone}`))).toBe('unknown/unreachable');
  });

  test("the second mail host is asked if the node's resolver fails for the first", async () => {
    const host = await lab.host(`mx1.three.${zone}`);
    await lab.host(`mx2.three.${zone}`);
    lab.mx(`three.${zone}`, { 10: host.name, 20: `mx2.three.${zone}` });
    lab.dns.hideFromNodes(host.name, way);
    expect(wordOf(await lab.ask(`ada@three.${zone}`))).toBe('deliverable/accepted');
  });
});

test('a domain whose mail hosts do not exist takes no mail', async () => {
  lab.mx('void.example', { 10: 'mx1.void.example', 20: 'mx2.void.example' });
  expect(wordOf(await lab.ask('ada@void.example'))).toBe('invalid/no_mx');
});
