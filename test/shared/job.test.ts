import { describe, expect, test } from 'vitest';
import {
  DEADLINE_MS_MAX,
  type Evidence,
  evidenceSchema,
  JOB_BYTES_MAX,
  JOBS_MAX,
  MAIL_HOSTS_MAX,
  OUTCOMES,
  PROTOCOL_VERSION,
  type ProbeJob,
  probeBundleSchema,
  probeJobSchema,
  RECIPIENTS_MAX,
} from '../../shared/job.ts';
import { composeReply, REPLY_TEXT_LENGTH_MAX, STAGES } from '../../shared/replies/reply.ts';

const JOB: ProbeJob = {
  version: PROTOCOL_VERSION,
  domain: 'example.test',
  provider: null,
  mail_hosts: [{ host: 'mx.example.test', preference: 10 }],
  recipients: [{ id: 0, address: 'ada@example.test' }],
  catch_all: 'ask',
  deadline_ms: 5_000,
};

const EVIDENCE: Evidence = {
  id: 0,
  host: 'mx.example.test',
  ip: '192.0.9.1',
  stage: 'rcpt',
  outcome: 'reply',
  reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' },
  stranger: null,
  fault: null,
  tls: false,
  rule: 'user-unknown',
  retry_after_s: null,
  node: 'probe-1',
  region: 'eu-central',
  attempts: [],
  ms: 12.5,
};

function pathOfFault(
  schema: ReturnType<typeof probeJobSchema> | ReturnType<typeof evidenceSchema>,
  value: unknown,
): string | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? null : (parsed.error.issues[0]?.path.join('.') ?? '');
}

describe('a job', () => {
  test('a job reads as it was written', () => {
    expect(probeJobSchema().parse(JSON.parse(JSON.stringify(JOB)))).toEqual(JOB);
  });

  test('a job says whether anybody waits for it; one that says nothing is for a form', () => {
    expect(probeJobSchema().parse({ ...JOB, priority: 'bulk' }).priority).toBe('bulk');
    expect(probeJobSchema().parse(JOB)).not.toHaveProperty('priority');
    expect(pathOfFault(probeJobSchema(), { ...JOB, priority: 'urgent' })).toBe('priority');
  });

  test('a job of a newer edge is read without the fields that are not known', () => {
    const [recipient] = JOB.recipients;
    const newer = { ...JOB, colour: 'blue', recipients: [{ ...recipient, colour: 'blue' }] };
    expect(probeJobSchema().parse(newer)).toEqual(JOB);
  });

  test('a job may have no recipient: it opens a session for the next one', () => {
    expect(pathOfFault(probeJobSchema(), { ...JOB, recipients: [] })).toBeNull();
  });

  test('a job with all it may hold fits into the body that a node reads', () => {
    const address = `${'a'.repeat(64)}@${'b'.repeat(62)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
    const host = `${'m'.repeat(63)}.${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(61)}`;
    const job = {
      ...JOB,
      mail_hosts: Array.from({ length: MAIL_HOSTS_MAX }, () => ({ host, preference: 65_535 })),
      recipients: Array.from({ length: RECIPIENTS_MAX }, (_, id) => ({ id: 999_000 + id, address })),
    };
    expect(pathOfFault(probeJobSchema(), job)).toBeNull();
    expect(JSON.stringify(job).length).toBeLessThan(JOB_BYTES_MAX);
  });

  test('a job fits as well if it is one of as many as a bundle may have', () => {
    const label = 'm'.repeat(63);
    const host = `${label}.${label}.${label}.${'z'.repeat(61)}`;
    const jobs = Array.from({ length: JOBS_MAX }, (_, place) => ({
      ...JOB,
      domain: host,
      provider: 'p'.repeat(64),
      mail_hosts: Array.from({ length: MAIL_HOSTS_MAX }, () => ({ host, preference: 65_535 })),
      recipients: [0, 1].map((index) => ({
        id: 999_000 + place * 2 + index,
        address: `${'a'.repeat(64)}@${host.slice(0, 189)}`,
      })),
    }));
    const bundle = { version: PROTOCOL_VERSION, jobs };
    expect(probeBundleSchema().safeParse(bundle).success).toBe(true);
    expect(JSON.stringify(bundle).length).toBeLessThan(JOB_BYTES_MAX);
  });

  test.each(['example.test', 'xn--bcher-kva.example', '_dmarc.example.test', 'a.b-c.d', 'mx--1.example.test'])(
    'may have the host %s',
    (host) => {
      expect(pathOfFault(probeJobSchema(), { ...JOB, domain: host, mail_hosts: [{ host, preference: 0 }] })).toBeNull();
    },
  );

  test.each([
    ['nothing', ''],
    ['the root', '.'],
    ['a final dot', 'mx.example.test.'],
    ['an empty label', 'mx..test'],
    ['capitals', 'MX.example.test'],
    ['letters beyond ASCII', 'bücher.example'],
    ['a hyphen in front', '-mx.example.test'],
    ['a port', 'mx.example.test:25'],
    ['brackets', '[192.0.2.1]'],
    ['IPv6', '::1'],
    ['a blank', 'mx example.test'],
    ['a line break', 'mx.example.test\r\nDATA'],
    ['a line break at the end', 'mx.example.test\n'],
    ['a NUL', 'mx\0.example.test'],
    ['a label of 64', `${'a'.repeat(64)}.test`],
    ['more than 253 octets', `${'a.'.repeat(127)}a`],
  ])('a job has no host with %s', (_, host) => {
    expect(pathOfFault(probeJobSchema(), { ...JOB, domain: host })).toBe('domain');
    expect(pathOfFault(probeJobSchema(), { ...JOB, mail_hosts: [{ host, preference: 0 }] })).toBe('mail_hosts.0.host');
  });

  const many = <T>(length: number, entry: T): readonly T[] => Array.from({ length }, () => entry);
  test.each<[string, string, unknown]>([
    ['version', 'version', PROTOCOL_VERSION + 1],
    ['version', 'version', '1'],
    ['provider', 'provider', undefined],
    ['provider', 'provider', 'x'.repeat(65)],
    ['mail_hosts', 'mail_hosts', []],
    ['mail_hosts', 'mail_hosts', many(MAIL_HOSTS_MAX + 1, JOB.mail_hosts[0])],
    ['mail_hosts', 'mail_hosts.0.preference', [{ host: 'mx.test', preference: 65_536 }]],
    ['mail_hosts', 'mail_hosts.0.preference', [{ host: 'mx.test', preference: 1.5 }]],
    ['recipients', 'recipients', many(RECIPIENTS_MAX + 1, JOB.recipients[0])],
    ['recipients', 'recipients.0.id', [{ id: -1, address: 'a@b' }]],
    ['recipients', 'recipients.0.address', [{ id: 1, address: 'a@' }]],
    ['recipients', 'recipients.0.address', [{ id: 1, address: 'a'.repeat(1_025) }]],
    ['catch_all', 'catch_all', true],
    ['deadline_ms', 'deadline_ms', 0],
    ['deadline_ms', 'deadline_ms', DEADLINE_MS_MAX + 1],
    ['deadline_ms', 'deadline_ms', '5000'],
  ])('a job with a bad %s is refused at %s: %j', (field, path, value) => {
    expect(pathOfFault(probeJobSchema(), { ...JOB, [field]: value })).toBe(path);
  });
});

describe('evidence', () => {
  test('evidence reads as it was written, with attempts', () => {
    const { host, ip, stage, outcome, reply, fault } = EVIDENCE;
    const evidence = { ...EVIDENCE, attempts: [{ host, ip, stage, outcome, reply, fault }] };
    expect(evidenceSchema().parse(JSON.parse(JSON.stringify(evidence)))).toEqual(evidence);
  });

  test('evidence of a newer node is read without the fields that are not known', () => {
    expect(evidenceSchema().parse({ ...EVIDENCE, colour: 'blue' })).toEqual(EVIDENCE);
  });

  test('evidence takes every stage and every outcome', () => {
    for (const stage of STAGES) expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, stage })).toBeNull();
    for (const outcome of OUTCOMES) expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, outcome })).toBeNull();
  });

  test('evidence takes the longest reply that the grammar gives', () => {
    const lines = Array.from({ length: 9 }, () => ({ code: 550, isLast: false, text: '☃'.repeat(1_000) }));
    const reply = composeReply([{ code: 550, isLast: false, text: '5.999.999 x' }, ...lines]);
    expect([reply.enhanced, reply.text.length]).toEqual(['5.999.999', REPLY_TEXT_LENGTH_MAX]);
    expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, reply, stranger: { reply, age_s: 0 } })).toBeNull();
  });

  test.each<[string, unknown]>([
    ['id', -1],
    ['stage', 'data'],
    ['outcome', 'valid'],
    ['host', 'x'.repeat(254)],
    ['fault', 'x'.repeat(65)],
    ['ms', -1],
    ['ms', Number.NaN],
    ['node', null],
    ['retry_after_s', -1],
    ['retry_after_s', 1.5],
    ['stranger', 'yes'],
  ])('evidence with a bad %s is refused: %j', (field, value) => {
    expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, [field]: value })).toBe(field);
  });

  test('evidence tells what a stranger was told and how long ago that was', () => {
    const stranger = { reply: { code: 250, enhanced: '2.1.5', text: 'Ok' }, age_s: 86_400 };
    expect(evidenceSchema().parse({ ...EVIDENCE, stranger })).toMatchObject({ stranger });
    expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, stranger: { ...stranger, age_s: -1 } })).toBe('stranger.age_s');
    expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, stranger: stranger.reply })).toBe('stranger.reply');
  });

  test.each([199, 600, 250.5, '250'])('evidence with the reply code %s is refused', (code) => {
    expect(pathOfFault(evidenceSchema(), { ...EVIDENCE, reply: { ...EVIDENCE.reply, code } })).toBe('reply.code');
  });
});
