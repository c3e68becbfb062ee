import { describe, expect, test } from 'vitest';
import { type Source, Sources } from '../../../probe-node/memory/sources.ts';

const HOUR_MS = 3_600_000;
const sourceAt = (last: number): Source => ({ ip: `192.0.2.${last}`, heloName: `probe${last}.example.com` });
const FOUR = [1, 2, 3, 4].map(sourceAt);
const DOMAINS = Array.from({ length: 400 }, (_, index) => `firm${index}.test`);

function createSources(list: readonly Source[] = FOUR) {
  const clock = { nowMs: 0 };
  const sources = new Sources(list, () => clock.nowMs);
  const ipFor = (domain: string, provider = 'google'): string | null => {
    const chosen = sources.choose(domain, provider);
    return chosen.kind === 'source' ? chosen.source.ip : 'resting';
  };
  const rest = (source: Source, provider = 'google'): void => {
    for (let count = 0; count < 3; count += 1) sources.refused(source, provider);
  };
  return { clock, sources, ipFor, rest };
}

describe('the source of a domain', () => {
  test('is the same every time', () => {
    const [one, other] = [createSources(), createSources()];
    for (const domain of DOMAINS) expect(one.ipFor(domain)).toBe(other.ipFor(domain));
  });

  test('is any of them for some domains: each has its share', () => {
    const { ipFor } = createSources();
    const counts = new Map<string | null, number>();
    for (const domain of DOMAINS) counts.set(ipFor(domain), (counts.get(ipFor(domain)) ?? 0) + 1);
    expect([...counts.values()].every((count) => count > 60 && count < 140)).toBe(true);
  });

  test('stays where another source comes or goes', () => {
    const [four, three] = [createSources(), createSources(FOUR.slice(0, 3))];
    const kept = DOMAINS.filter((domain) => four.ipFor(domain) !== '192.0.2.4');
    for (const domain of kept) expect(three.ipFor(domain)).toBe(four.ipFor(domain));
  });

  test('is the one that was greylisted, until no greylist would remember it', () => {
    const { clock, sources, ipFor } = createSources();
    const own = ipFor('firm.test');
    const [other = sourceAt(9)] = FOUR.filter(({ ip }) => ip !== own);
    sources.greylisted('firm.test', other);
    clock.nowMs += 6 * HOUR_MS - 1;
    expect(ipFor('firm.test')).toBe(other.ip);
    clock.nowMs += 1;
    expect(ipFor('firm.test')).toBe(own);
  });

  test('may be the one that the system chooses', () => {
    const system = { ip: null, heloName: 'probe.example.com' };
    expect(createSources([system]).sources.choose('firm.test', 'google')).toEqual({ kind: 'source', source: system });
  });
});

describe('a source that a provider refuses', () => {
  test('rests for that provider from the third time, and another asks', () => {
    const { sources, ipFor, rest } = createSources();
    const [domain = ''] = DOMAINS.filter((each) => ipFor(each) === '192.0.2.1');
    sources.refused(sourceAt(1), 'google');
    sources.refused(sourceAt(1), 'google');
    expect(ipFor(domain)).toBe('192.0.2.1');
    sources.refused(sourceAt(1), 'google');
    expect(ipFor(domain)).not.toBe('192.0.2.1');
    expect(ipFor(domain, 'yahoo')).toBe('192.0.2.1');
    rest(sourceAt(2), 'yahoo');
    expect(sources.resting()).toEqual([
      { source: '192.0.2.1', provider: 'google', leftMs: 600_000 },
      { source: '192.0.2.2', provider: 'yahoo', leftMs: 600_000 },
    ]);
  });

  test('rests although the domain was greylisted by it', () => {
    const { sources, ipFor, rest } = createSources();
    sources.greylisted('firm.test', sourceAt(1));
    rest(sourceAt(1));
    expect(ipFor('firm.test')).not.toBe('192.0.2.1');
  });

  test('starts anew with every acceptance', () => {
    const { sources } = createSources();
    for (let count = 0; count < 10; count += 1) {
      sources.refused(sourceAt(1), 'google');
      sources.refused(sourceAt(1), 'google');
      sources.accepted(sourceAt(1), 'google');
    }
    expect(sources.resting()).toEqual([]);
  });

  test('rests twice as long each time, up to six hours', () => {
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

  test('makes a provider one that all rest for only with the last of them', () => {
    const { clock, sources, rest } = createSources(FOUR.slice(0, 2));
    rest(sourceAt(1));
    expect([...sources.restingProviders()]).toEqual([]);
    rest(sourceAt(2));
    expect([...sources.restingProviders()]).toEqual(['google']);
    clock.nowMs += 600_000;
    expect([...sources.restingProviders()]).toEqual([]);
  });

  test('leaves nobody to ask where all rest; the shortest wait is told', () => {
    const { clock, sources, rest } = createSources(FOUR.slice(0, 2));
    rest(sourceAt(1));
    clock.nowMs += 60_000;
    rest(sourceAt(2));
    expect(sources.choose('firm.test', 'google')).toEqual({ kind: 'resting', retryAfterMs: 540_000 });
    clock.nowMs += 540_000;
    expect(sources.choose('firm.test', 'google')).toMatchObject({ kind: 'source', source: { ip: '192.0.2.1' } });
  });
});
