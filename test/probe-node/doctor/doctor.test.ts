import { describe, expect, test } from 'vitest';
import type { Examination } from '../../../probe-node/doctor/checks.ts';
import { createDoctor, type DoctorSettings, unfit, whyNot } from '../../../probe-node/doctor/doctor.ts';
import { fault, fine, warning } from '../../../probe-node/doctor/finding.ts';
import { parseNetworks } from '../../../probe-node/smtp/public-ip.ts';
import { createHandClock } from '../hand-clock.ts';

const REAL: DoctorSettings = { doctor: 'auto', smtpPort: 25, routes: new Map(), allowedNetworks: [] };
const OPEN: Examination = { port: 'open', findings: [fine('port_25', 'Port 25 is open.')] };
const CLOSED: Examination = { port: 'closed', findings: [fault('port_25', 'Port 25 is closed.', 'Open it.')] };
const UNCLEAR: Examination = { port: 'unclear', findings: [warning('port_25', 'DNS is away.', 'Mend it.')] };

/** A doctor with a given result, and the times of its examinations. */
function createPractice(first: Examination | Error = OPEN, settings: DoctorSettings = REAL) {
  const clock = createHandClock();
  const stop = new AbortController();
  const looked: number[] = [];
  const faults: unknown[] = [];
  const practice = { next: first };
  const doctor = createDoctor(
    settings,
    {
      examine: async () => {
        looked.push(clock.nowMs());
        if (practice.next instanceof Error) throw practice.next;
        return practice.next;
      },
      sleep: clock.sleep,
      onExamined: () => {},
      onFault: (error) => faults.push(error),
    },
    stop.signal,
  );
  return { doctor, clock, stop, looked, faults, practice };
}

describe('a doctor', () => {
  test('a doctor lets no node serve before the first examination has ended', async () => {
    const { doctor, clock } = createPractice();
    expect([doctor.isFit(), doctor.findings()]).toEqual([false, []]);
    await clock.settle();
    expect([doctor.isFit(), doctor.findings()]).toEqual([true, OPEN.findings]);
  });

  test('a doctor looks again every hour', async () => {
    const { clock, looked } = createPractice();
    await clock.pass(3 * 3_600_000);
    expect(looked).toEqual([0, 1, 2, 3].map((hours) => hours * 3_600_000));
  });

  test('a doctor forbids serving while port 25 is closed, looks every five minutes, and lets it when it opens', async () => {
    const { doctor, clock, practice, looked } = createPractice(CLOSED);
    await clock.pass(600_000);
    expect([doctor.isFit(), looked]).toEqual([false, [0, 300_000, 600_000]]);
    practice.next = OPEN;
    await clock.pass(300_000);
    expect(doctor.isFit()).toBe(true);
  });

  test('a doctor lets a node go on that was fit while DNS is away, and looks again soon', async () => {
    const { doctor, clock, practice, looked } = createPractice();
    await clock.settle();
    practice.next = UNCLEAR;
    await clock.pass(3_600_000);
    expect([doctor.isFit(), doctor.findings()]).toEqual([true, UNCLEAR.findings]);
    practice.next = CLOSED;
    await clock.pass(30_000);
    expect([doctor.isFit(), looked.at(-1)]).toEqual([false, 3_630_000]);
  });

  test('a doctor does not let a node begin on what could not be seen', async () => {
    const { doctor, clock } = createPractice(UNCLEAR);
    await clock.pass(60_000);
    expect(doctor.isFit()).toBe(false);
  });

  test('a doctor outlives an examination that breaks off', async () => {
    const { doctor, clock, practice, faults } = createPractice(new Error('broken'));
    await clock.settle();
    expect([doctor.isFit(), faults.length]).toEqual([false, 1]);
    practice.next = OPEN;
    await clock.pass(30_000);
    expect(doctor.isFit()).toBe(true);
  });

  test('a doctor ends when he is told to', async () => {
    const { clock, stop, looked } = createPractice();
    await clock.settle();
    stop.abort();
    await clock.pass(7_200_000);
    expect([looked, clock.sleeping()]).toEqual([[0], 0]);
  });

  test('a doctor tells no more findings than a heartbeat holds', async () => {
    const findings = Array.from({ length: 100 }, (_, index) => fine('blocklist', `${index}`));
    const { doctor, clock } = createPractice({ port: 'open', findings });
    await clock.settle();
    expect(doctor.findings()).toHaveLength(40);
  });
});

describe('a laboratory', () => {
  test.each<[string, Partial<DoctorSettings>]>([
    ['another port', { smtpPort: 2525 }],
    ['routes', { routes: new Map([['mx.test', { ip: '127.0.0.1', port: 25 }]]) }],
    ['networks that are not public', { allowedNetworks: parseNetworks('10.0.0.0/8') }],
    ['PROBE_DOCTOR=off', { doctor: 'off' }],
  ])('a laboratory known by %s is not examined, is fit at once, and says so', async (_, changes) => {
    const { doctor, clock, looked } = createPractice(OPEN, { ...REAL, ...changes });
    expect(doctor.isFit()).toBe(true);
    expect(doctor.findings()).toMatchObject([{ check: 'port_25', level: 'skipped' }]);
    await clock.pass(7_200_000);
    expect(looked).toEqual([]);
  });

  test('a laboratory is examined nevertheless if PROBE_DOCTOR is on', () => {
    expect(whyNot({ ...REAL, smtpPort: 2525, doctor: 'on' })).toBeNull();
  });
});

describe('a node that must not serve', () => {
  test('a node that must not serve says port_25_closed only if that was seen', () => {
    expect(unfit(CLOSED.findings).code).toBe('port_25_closed');
    expect(unfit(UNCLEAR.findings).code).toBe('not_examined');
    expect(unfit([]).code).toBe('not_examined');
  });
});
