import { describe, expect, test } from 'vitest';
import { reportSources } from '../../../probe-node/edge-link/source-report.ts';
import { Sources } from '../../../probe-node/memory/sources.ts';
import { sourceSchema } from '../../../shared/enrolment.ts';

describe('what a heartbeat says of sources', () => {
  test('a heartbeat reports each source, with the providers that refuse it and for how long', () => {
    const own = [
      { ip: '192.0.2.1', heloName: 'a.example' },
      { ip: '192.0.2.2', heloName: 'b.example' },
    ];
    const sources = new Sources(own, () => 0);
    for (const domain of ['a.example', 'b.example', 'c.example']) {
      sources.refused({ ip: '192.0.2.2', heloName: 'b' }, 'google', domain);
    }
    expect(reportSources(own, sources.resting(), () => [])).toEqual([
      { ip: '192.0.2.1', helo: 'a.example', resting: [], treatment: [] },
      { ip: '192.0.2.2', helo: 'b.example', resting: [{ provider: 'google', left_s: 600 }], treatment: [] },
    ]);
  });

  test("a heartbeat reports the system's own choice as a source", () => {
    const own = [{ ip: null, heloName: 'a.example' }];
    const sources = new Sources(own, () => 0);
    for (const domain of ['a.example', 'b.example', 'c.example']) {
      sources.refused({ ip: null, heloName: 'a.example' }, 'google', domain);
    }
    expect(reportSources(own, sources.resting(), () => [])[0]?.resting).toHaveLength(1);
  });

  test('the sources in a heartbeat stay within its bounds, the longest rests first', () => {
    const resting = Array.from({ length: 500 }, (_, index) => ({
      source: 'default',
      provider: `p${index}`,
      leftMs: index,
    }));
    const [report] = reportSources([{ ip: null, heloName: 'a.example' }], resting, () => []);
    expect(sourceSchema().safeParse(report).success).toBe(true);
    expect(report?.resting[0]?.provider).toBe('p499');
  });
});
