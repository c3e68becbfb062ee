import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fittedHeartbeat } from '../../../probe-node/edge-link/heartbeat-size.ts';
import { ENROLMENT_OCTETS_MAX, type Heartbeat, heartbeatSchema } from '../../../shared/enrolment.ts';

const HEARTBEAT: Heartbeat = {
  sent_at_ms: 1_760_000_000_000,
  protocol: 1,
  version: '1.2.3',
  rules_version: 'abcdef',
  is_draining: false,
  url: 'https://fra1.example/',
  is_fit: true,
  running_jobs: 3,
  capacity: 4_000,
  sources: [{ ip: '192.0.2.1', helo: 'fra1.example', resting: [] }],
  standings: [],
  phases: { dns: 1, connect: 2, greeting: 3, ehlo: 4, job: 5 },
  job_quantiles: { p50_ms: 1, p95_ms: 2 },
  findings: [],
};

function standings(count: number, nameLength = 20): Heartbeat['standings'] {
  return Array.from({ length: count }, (_, index) => ({
    provider: `${index}.`.padEnd(nameLength, 'm'),
    answers: 1_000 - index,
    refusals: 0,
    is_resting: false,
    connect_ms: 12.5,
    answer_ms: 80,
  }));
}

function octetsOf(heartbeat: Heartbeat): number {
  return new TextEncoder().encode(JSON.stringify(heartbeat)).length;
}

describe('a heartbeat', () => {
  test('a heartbeat that fits is sent as it is', () => {
    const heartbeat = { ...HEARTBEAT, standings: standings(100) };
    expect(fittedHeartbeat(heartbeat, ENROLMENT_OCTETS_MAX)).toEqual(heartbeat);
  });

  test('a heartbeat that is too large loses the least busy providers first, and nothing else', () => {
    const heartbeat = { ...HEARTBEAT, standings: standings(100, 253) };
    const fitted = fittedHeartbeat(heartbeat, 24_000);
    expect(octetsOf(fitted)).toBeLessThanOrEqual(24_000);
    expect(fitted.standings).toEqual(heartbeat.standings.slice(0, 50));
    expect({ ...fitted, standings: [] }).toEqual({ ...heartbeat, standings: [] });
  });

  test('a heartbeat that is too large loses the treatment of single sources before anything the edge decides by', () => {
    const treatment = Array.from({ length: 100 }, (_, index) => {
      return { provider: `mx${index}.`.padEnd(200, 'm'), answers: 1, refusals: 0, deferrals: 0, last: 'accepted' };
    });
    const sources = Array.from({ length: 4 }, (_, index) => {
      return { ip: `192.0.2.${index}`, helo: 'fra1.example', resting: [], treatment };
    });
    const heartbeat = { ...HEARTBEAT, standings: standings(100), sources };
    const fitted = fittedHeartbeat(heartbeat, ENROLMENT_OCTETS_MAX);
    expect(octetsOf(fitted)).toBeLessThanOrEqual(ENROLMENT_OCTETS_MAX);
    expect(fitted.standings).toEqual(heartbeat.standings);
    expect(fitted.sources.map((source) => source.treatment)).toEqual(sources.map(() => treatment.slice(0, 25)));
  });

  test('a heartbeat keeps the faults of the doctor longer than what is fine', () => {
    const finding = (level: 'fine' | 'fault', index: number) => {
      return { check: `check_${index}`, level, detail: 'd'.repeat(500), fix: 'f'.repeat(500) };
    };
    const findings = [...Array.from({ length: 38 }, (_, index) => finding('fine', index)), finding('fault', 38)];
    const fitted = fittedHeartbeat({ ...HEARTBEAT, findings }, 4_000);
    expect(fitted.findings.length).toBeLessThan(findings.length);
    expect(fitted.findings[0]?.level).toBe('fault');
  });

  test('a heartbeat never exceeds the limit of the edge, whatever the node has to report', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 600 });
    const heartbeats = fc.record({
      standings: fc.integer({ min: 0, max: 300 }).map((count) => standings(count, 253)),
      sources: fc.array(
        fc.record({
          ip: fc.constant('2001:db8:1111:2222:3333:4444:5555:6666'),
          helo: fc.constant('h'.repeat(253)),
          resting: fc
            .integer({ min: 0, max: 100 })
            .map((count) => Array.from({ length: count }, () => ({ provider: 'p'.repeat(253), left_s: 600 }))),
        }),
        { maxLength: 80 },
      ),
      findings: fc.array(
        fc.record({
          check: fc.constant('port_25'),
          level: fc.constantFrom('fine' as const, 'warning' as const, 'fault' as const, 'skipped' as const),
          detail: text,
          fix: fc.option(text),
        }),
        { maxLength: 60 },
      ),
    });
    fc.assert(
      fc.property(heartbeats, (told) => {
        const fitted = fittedHeartbeat({ ...HEARTBEAT, ...told }, ENROLMENT_OCTETS_MAX);
        expect(octetsOf(fitted)).toBeLessThanOrEqual(ENROLMENT_OCTETS_MAX);
        expect(heartbeatSchema().safeParse(fitted).success).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
