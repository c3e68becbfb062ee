import { describe, expect, test } from 'vitest';
import { ownerOf } from '../../../probe-node/flow/owner.ts';
import { type Source, Sources } from '../../../probe-node/memory/sources.ts';

const HOST = 'mx.example';
const OWNERS = ['a.example', 'b.example', 'c.example'];
const HOUR_MS = 3_600_000;
const sourceAt = (last: number): Source => ({ ip: `192.0.2.${last}`, heloName: `probe${last}.example.com` });
const FOUR = [1, 2, 3, 4].map(sourceAt);
const DOMAINS = Array.from({ length: 400 }, (_, index) => `firm${index}.test`);

function createSources(list: readonly Source[] = FOUR) {
  const clock = { nowMs: 0 };
  const sources = new Sources(list, () => clock.nowMs);
  const ipFor = (domain: string, provider = 'google'): string | null => {
    const chosen = sources.choose({ domain, host: HOST }, provider, ownerOf(domain));
    return chosen.kind === 'source' ? chosen.source.ip : 'resting';
  };
  const rest = (source: Source, provider = 'google'): void => {
    for (const owner of OWNERS) sources.refused(source, provider, owner);
  };
  return { clock, sources, ipFor, rest };
}

describe('the source of a domain', () => {
  test('the source of a domain is the same every time', () => {
    const [one, other] = [createSources(), createSources()];
    for (const domain of DOMAINS) expect(one.ipFor(domain)).toBe(other.ipFor(domain));
  });

  test('the source of a domain is any of them for some domains: each has its share', () => {
    const { ipFor } = createSources();
    const counts = new Map<string | null, number>();
    for (const domain of DOMAINS) counts.set(ipFor(domain), (counts.get(ipFor(domain)) ?? 0) + 1);
    expect([...counts.values()].every((count) => count > 60 && count < 140)).toBe(true);
  });

  test('the source of a domain stays if another source comes or goes', () => {
    const [four, three] = [createSources(), createSources(FOUR.slice(0, 3))];
    const kept = DOMAINS.filter((domain) => four.ipFor(domain) !== '192.0.2.4');
    for (const domain of kept) expect(three.ipFor(domain)).toBe(four.ipFor(domain));
  });

  test('the source of a domain is the one that was greylisted, until no greylist would remember it', () => {
    const { clock, sources, ipFor } = createSources();
    const own = ipFor('firm.test');
    const [other = sourceAt(9)] = FOUR.filter(({ ip }) => ip !== own);
    sources.greylisted({ domain: 'firm.test', host: HOST }, other);
    clock.nowMs += 6 * HOUR_MS - 1;
    expect(ipFor('firm.test')).toBe(other.ip);
    clock.nowMs += 1;
    expect(ipFor('firm.test')).toBe(own);
  });

  test('the source of a domain may be the one that the system chooses', () => {
    const system = { ip: null, heloName: 'probe.example.com' };
    expect(createSources([system]).sources.choose({ domain: 'firm.test', host: HOST }, 'google', 'firm.test')).toEqual({
      kind: 'source',
      source: system,
    });
  });
});

describe('a source that a provider refuses', () => {
  test('a source that a provider refuses rests for that provider from the third owner on, and another asks', () => {
    const { sources, ipFor, rest } = createSources();
    const [domain = ''] = DOMAINS.filter((each) => ipFor(each) === '192.0.2.1');
    for (const owner of OWNERS.slice(1)) sources.refused(sourceAt(1), 'google', owner);
    expect(ipFor(domain)).toBe('192.0.2.1');
    sources.refused(sourceAt(1), 'google', OWNERS[0] ?? '');
    expect(ipFor(domain)).not.toBe('192.0.2.1');
    expect(ipFor(domain, 'yahoo')).toBe('192.0.2.1');
    rest(sourceAt(2), 'yahoo');
    expect(sources.resting()).toEqual([
      { source: '192.0.2.1', provider: 'google', leftMs: 600_000 },
      { source: '192.0.2.2', provider: 'yahoo', leftMs: 600_000 },
    ]);
  });

  test('a source that a provider refuses rests for one owner alone if only that one was told, however often and under however many names', () => {
    const { clock, sources, ipFor } = createSources([sourceAt(1)]);
    for (let count = 0; count < 100; count += 1)
      sources.refused(sourceAt(1), 'google', ownerOf(`d${count}.evil.example`));
    expect([sources.resting(), [...sources.restingProviders()]]).toEqual([[], []]);
    expect(['evil.example', 'new.evil.example', 'firm.test'].map((domain) => ipFor(domain))).toEqual([
      'resting',
      'resting',
      '192.0.2.1',
    ]);
    clock.nowMs += 6 * HOUR_MS;
    expect(ipFor('evil.example')).toBe('192.0.2.1');
  });

  test('a source that a provider refuses rests for three owners whatever one of them floods between, and at a host as at a provider', () => {
    for (const party of ['google', 'mx.hoster.example']) {
      const { sources } = createSources([sourceAt(1)]);
      for (const owner of OWNERS) {
        for (let count = 0; count < 100; count += 1)
          sources.refused(sourceAt(1), party, ownerOf(`d${count}.evil.example`));
        if (owner !== OWNERS[0]) sources.refused(sourceAt(1), party, owner);
      }
      expect(sources.resting()).toMatchObject([{ provider: party }]);
    }
  });

  test('a source that a provider refuses is not forgiven by refusals at other hosts, in whatever number', () => {
    const { sources } = createSources([sourceAt(1)]);
    for (const owner of OWNERS.slice(1)) sources.refused(sourceAt(1), 'google', owner);
    for (let count = 0; count < 11_000; count += 1)
      sources.refused(sourceAt(1), `mx${count}.evil.example`, 'evil.example');
    sources.refused(sourceAt(1), 'google', OWNERS[0] ?? '');
    expect(sources.resting()).toMatchObject([{ provider: 'google' }]);
  });

  test('a source that a provider refuses is greylisted by one host of the domain, and not by the others', () => {
    const { sources, ipFor } = createSources();
    const own = ipFor('firm.test');
    const [other = sourceAt(9)] = FOUR.filter(({ ip }) => ip !== own);
    sources.greylisted({ domain: 'firm.test', host: 'mx2.example' }, other);
    expect(ipFor('firm.test')).toBe(own);
    expect(sources.choose({ domain: 'firm.test', host: 'mx2.example' }, 'mx2.example', 'firm.test')).toMatchObject({
      source: other,
    });
  });

  test('a source that a provider refuses rests although the domain was greylisted by it', () => {
    const { sources, ipFor, rest } = createSources();
    sources.greylisted({ domain: 'firm.test', host: HOST }, sourceAt(1));
    rest(sourceAt(1));
    expect(ipFor('firm.test')).not.toBe('192.0.2.1');
  });

  test('a source that a provider refuses starts anew with every answer, whichever is asked about', () => {
    const { sources } = createSources();
    for (let count = 0; count < 10; count += 1) {
      for (const owner of OWNERS.slice(1)) sources.refused(sourceAt(1), 'google', owner);
      sources.answered(sourceAt(1), 'google', 'd.example');
    }
    expect(sources.resting()).toEqual([]);
  });

  test('a source that a provider refuses rests twice as long each time, up to six hours', () => {
    const { clock, sources, rest } = createSources();
    const rests: number[] = [];
    for (let count = 0; count < 8; count += 1) {
      rest(sourceAt(1));
      const leftMs = sources.resting()[0]?.leftMs ?? 0;
      rests.push(leftMs / 60_000);
      clock.nowMs += leftMs;
    }
    expect(rests).toEqual([10, 20, 40, 80, 160, 320, 360, 360]);
  });

  test('a source that a provider refuses makes a provider one that all rest for only with the last of them', () => {
    const { clock, sources, rest } = createSources(FOUR.slice(0, 2));
    rest(sourceAt(1));
    expect([...sources.restingProviders()]).toEqual([]);
    rest(sourceAt(2));
    expect([...sources.restingProviders()]).toEqual(['google']);
    clock.nowMs += 600_000;
    expect([...sources.restingProviders()]).toEqual([]);
  });

  test('a source that a provider refuses leaves no source if all rest; the shortest wait is reported', () => {
    const { clock, sources, rest } = createSources(FOUR.slice(0, 2));
    rest(sourceAt(1));
    clock.nowMs += 60_000;
    rest(sourceAt(2));
    expect(sources.choose({ domain: 'firm.test', host: HOST }, 'google', 'firm.test')).toEqual({
      kind: 'resting',
      retryAfterMs: 540_000,
    });
    clock.nowMs += 540_000;
    expect(sources.choose({ domain: 'firm.test', host: HOST }, 'google', 'firm.test')).toMatchObject({
      kind: 'source',
      source: { ip: '192.0.2.1' },
    });
  });
});
