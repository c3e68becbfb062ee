import { describe, expect, test } from 'vitest';
import { BadHosts } from '../../../probe-node/memory/bad-hosts.ts';

const HOSTS = ['mx1', 'mx2', 'mx3'].map((host) => ({ host }));

function createBadHosts() {
  const clock = { nowMs: 0 };
  const bad = new BadHosts(() => clock.nowMs);
  return { clock, bad, order: () => bad.order(HOSTS).map(({ host }) => host) };
}

describe('hosts that failed lately', () => {
  test('hosts that failed lately go behind the others, and each part keeps its order', () => {
    const { bad, order } = createBadHosts();
    bad.failed('mx1');
    expect(order()).toEqual(['mx2', 'mx3', 'mx1']);
    bad.failed('mx2');
    expect(order()).toEqual(['mx3', 'mx1', 'mx2']);
  });

  test('hosts that failed lately are all tried as if there were no marks if all are marked', () => {
    const { bad, order } = createBadHosts();
    for (const host of ['mx3', 'mx1', 'mx2']) bad.failed(host);
    expect(order()).toEqual(['mx1', 'mx2', 'mx3']);
  });

  test('hosts that failed lately are forgiven when they work', () => {
    const { bad, order } = createBadHosts();
    bad.failed('mx1');
    bad.worked('mx1');
    expect(order()).toEqual(['mx1', 'mx2', 'mx3']);
  });

  test('hosts that failed lately are forgiven after a minute, and after twice as long each time they fail again meanwhile', () => {
    const { bad, clock, order } = createBadHosts();
    bad.failed('mx1');
    clock.nowMs += 59_999;
    expect(order().at(-1)).toBe('mx1');
    bad.failed('mx1');
    clock.nowMs += 119_999;
    expect(order().at(-1)).toBe('mx1');
    clock.nowMs += 1;
    expect(order()).toEqual(['mx1', 'mx2', 'mx3']);
  });

  test('hosts that failed lately are forgiven after a quarter of an hour at the latest', () => {
    const { bad, clock, order } = createBadHosts();
    for (let count = 0; count < 20; count += 1) bad.failed('mx1');
    clock.nowMs += 900_000;
    expect(order()).toEqual(['mx1', 'mx2', 'mx3']);
  });
});
