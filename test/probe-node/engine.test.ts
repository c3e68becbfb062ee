import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../probe-node/engine.ts';
import { parseNodeSettings } from '../../probe-node/settings.ts';
import { heartbeatSchema } from '../../shared/enrolment.ts';
import type { Evidence, ProbeJob } from '../../shared/job.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { jobFor, namesOf } from './node-world.ts';
import { openSockets, POLL } from './open-sockets.ts';

const never = new AbortController().signal;
let socketsBefore = 0;
let server: MailServer;
let engine: Engine;

beforeEach(async () => {
  socketsBefore = openSockets();
  server = await startMailServer();
  const settings = parseNodeSettings({
    PROBE_EDGE: 'http://127.0.0.1:1',
    PROBE_HELO: 'probe1.example.com',
    PROBE_ROUTES: `mx1.test=127.0.0.1:${server.port}`,
  });
  engine = createEngine(settings, {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    random: Math.random,
    strangerName: () => 'anna.barbarbarbar10',
  });
});

afterEach(async () => {
  engine.close();
  await expect.poll(openSockets, POLL).toBe(socketsBefore);
  await server.close();
});

async function run(job: ProbeJob): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  await engine.probe(job, (batch) => evidence.push(...batch), never);
  return evidence;
}

test('a job counts as running until its last evidence has been told', async () => {
  const running: number[] = [];
  const probed = engine.probe(jobFor(['ada']), () => running.push(engine.runningJobs()), never);
  expect(engine.runningJobs()).toBe(1);
  await probed;
  expect(running).toEqual([1]);
  expect(engine.runningJobs()).toBe(0);
});

test('a job counts as running no longer than its reader stays', async () => {
  const leave = new AbortController();
  await engine.probe(jobFor(namesOf(30)), () => leave.abort(), leave.signal);
  expect(engine.runningJobs()).toBe(0);
  expect(server.asked()).toHaveLength(9);
});

test('jobs share sessions and what is known of a domain', async () => {
  await run(jobFor(['ada'], { catch_all: 'ask' }));
  const [evidence] = await run(jobFor(['known1'], { catch_all: 'ask' }));
  expect(evidence).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
  expect(server.visits).toHaveLength(1);
});

test('closing says QUIT to idle sessions at once, and to those in use when they come back', async () => {
  await run(jobFor(['ada']));
  engine.close();
  await expect.poll(() => server.commands().at(-1), POLL).toBe('QUIT');
  expect((await run(jobFor(['nobody']))).map(({ reply }) => reply?.code)).toEqual([550]);
  await expect.poll(() => server.visits[1]?.writes.at(-1), POLL).toBe('QUIT\r\n');
});

test('what was done stands in the metrics, without addresses and domains', async () => {
  await run(jobFor(['ada', 'nobody'], { catch_all: 'ask' }));
  await run(jobFor(['known1']));
  const text = await engine.meter.render();
  for (const line of [
    'vrfy_sessions_total{kind="new"} 1',
    'vrfy_sessions_total{kind="reused"} 1',
    'vrfy_evidence_total{provider="other",outcome="reply"} 3',
    'vrfy_replies_total{provider="other",stage="rcpt",class="mailbox_not_found"} 1',
    'vrfy_idle_sessions 1',
    'vrfy_running_jobs 0',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).not.toMatch(/example\.test|mx1\.test|ada|nobody/);
});

test("the provider stats hold the providers' replies, a batch counted by its recipients", async () => {
  await run(jobFor(['ada', 'known1', 'nobody']));
  await run(jobFor(['known2']));
  const { standings, phases } = heartbeatSchema()
    .pick({ standings: true, phases: true })
    .parse(engine.providerStats.report());
  expect(standings).toEqual([
    {
      provider: 'mx1.test',
      answers: 4,
      refusals: 0,
      is_resting: false,
      connect_ms: expect.any(Number),
      answer_ms: expect.any(Number),
    },
  ]);
  const { dns, connect, greeting, ehlo, job } = phases;
  for (const ms of [dns, connect, greeting, ehlo, job]) expect(ms).not.toBeNull();
});

test('a refusal of the node stands beside the answers, and a later-please counts for neither', async () => {
  const replies = ['550 5.7.1 blocked using zen.spamhaus.org', '450 4.7.1 greylisted, try again later', '250 2.1.5 ok'];
  const asked = await startMailServer({ reply: (line) => (line.startsWith('RCPT') ? replies.shift() : undefined) });
  try {
    const elsewhere = createEngine(
      parseNodeSettings({
        PROBE_EDGE: 'http://127.0.0.1:1',
        PROBE_HELO: 'probe1.example.com',
        PROBE_ROUTES: `mx1.test=127.0.0.1:${asked.port}`,
      }),
      {
        nowMs: () => performance.now(),
        wallMs: () => Date.now(),
        random: Math.random,
        strangerName: () => 'anna.barbarbarbar10',
      },
    );
    await elsewhere.probe(jobFor(['ada', 'grace', 'alan']), () => {}, never);
    expect(elsewhere.providerStats.report().standings).toMatchObject([{ answers: 1, refusals: 1 }]);
    elsewhere.close();
  } finally {
    await asked.close();
  }
});
