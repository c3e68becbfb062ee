import { describe, expect, test } from 'vitest';
import { type GatheredJob, gatherProbes } from '../../../edge/batch/batch-probes.ts';
import type { NodeChoice } from '../../../edge/probe/ask-nodes.ts';
import { evidenceFor, type HandTimers, handTimers, jobOf } from '../nodes/small-nodes.ts';

const CHOICE: NodeChoice = { provider: 'mx', prefer: null, otherThan: null, hedgeByMs: 1 };

type Gathered = {
  readonly join: ReturnType<typeof gatherProbes>;
  readonly sent: (readonly GatheredJob[])[];
  readonly timers: HandTimers;
  /** Aborts the requests in flight. */
  readonly end: () => void;
};

function gathering(signal = new AbortController().signal): Gathered {
  const sent: (readonly GatheredJob[])[] = [];
  const timers = handTimers();
  const ended = Promise.withResolvers<void>();
  const dispatch = async (jobs: readonly GatheredJob[]): Promise<void> => {
    sent.push(jobs);
    await ended.promise;
  };
  return { join: gatherProbes({ dispatch, after: timers.after }, signal), sent, timers, end: ended.resolve };
}

const { signal } = new AbortController();
const ask = (local: string, domain: string) => [jobOf(domain, [local]), CHOICE, signal] as const;
const shape = ({ sent }: Gathered): readonly string[][] =>
  sent.map((jobs) => jobs.map(({ job }) => `${job.domain} ${job.recipients.length}`));

describe('the climbs of a domain', () => {
  test('the climbs of a domain become one job once the last of them has come, and each gets the evidence of its own address', async () => {
    const gathered = gathering();
    const [a, b] = [gathered.join('a.example'), gathered.join('a.example')];
    const first = a.probe(...ask('x', 'a.example'));
    gathered.timers.pass(20);
    expect(gathered.sent).toEqual([]);
    const second = b.probe(...ask('y', 'a.example'));
    gathered.timers.pass(5);
    expect(shape(gathered)).toEqual([['a.example 2']]);
    const [[sent]] = gathered.sent as [[GatheredJob]];
    for (const recipient of sent.job.recipients.toReversed()) sent.onEvidence(evidenceFor(recipient));
    expect((await Promise.all([first, second])).map((evidence) => [evidence?.id, evidence?.reply?.text])).toEqual([
      [0, 'x@a.example'],
      [0, 'y@a.example'],
    ]);
  });

  test('the climbs of a domain do not wait for a climb that has ended without asking', () => {
    const gathered = gathering();
    const [a, b] = [gathered.join('a.example'), gathered.join('a.example')];
    void a.probe(...ask('x', 'a.example'));
    b.leave();
    gathered.timers.pass(5);
    expect(shape(gathered)).toEqual([['a.example 1']]);
  });

  test('the climbs of a domain wait only a short time for a late climb, which becomes a job of its own', () => {
    const gathered = gathering();
    const [a, b] = [gathered.join('a.example'), gathered.join('a.example')];
    void a.probe(...ask('x', 'a.example'));
    gathered.timers.pass(55);
    expect(shape(gathered)).toEqual([['a.example 1']]);
    void b.probe(...ask('y', 'a.example'));
    gathered.timers.pass(5);
    expect(shape(gathered)).toEqual([['a.example 1'], ['a.example 1']]);
  });

  test('the climbs of a domain with different questions become different jobs', () => {
    const gathered = gathering();
    const [a, b] = [gathered.join('a.example'), gathered.join('a.example')];
    void a.probe(...ask('x', 'a.example'));
    void b.probe(jobOf('a.example', ['y'], { catch_all: 'skip' }), CHOICE, signal);
    gathered.timers.pass(5);
    expect(shape(gathered)).toEqual([['a.example 1', 'a.example 1']]);
  });

  test('the climbs of a domain that turn to another node wait for each other only', () => {
    const gathered = gathering();
    const members = [gathered.join('a.example'), gathered.join('a.example'), gathered.join('a.example')];
    for (const member of members) void member.probe(...ask('x', 'a.example'));
    gathered.timers.pass(5);
    const other: NodeChoice = { ...CHOICE, otherThan: 'fra1' };
    for (const member of members.slice(1)) void member.probe(jobOf('a.example', ['x']), other, signal);
    gathered.timers.pass(10);
    expect(shape(gathered)).toEqual([['a.example 3'], ['a.example 2']]);
    expect(gathered.sent[1]?.[0]?.choice.otherThan).toBe('fra1');
  });

  test('the climbs of a domain have the longest of their deadlines', () => {
    const gathered = gathering();
    const [a, b] = [gathered.join('a.example'), gathered.join('a.example')];
    void a.probe(jobOf('a.example', ['x'], { deadline_ms: 4_000 }), CHOICE, signal);
    void b.probe(jobOf('a.example', ['y'], { deadline_ms: 4_007 }), CHOICE, signal);
    gathered.timers.pass(5);
    expect(gathered.sent[0]?.[0]?.job.deadline_ms).toBe(4_007);
  });
});

describe('jobs of several domains', () => {
  test('jobs of several domains that are ready within a few milliseconds travel in one request', () => {
    const gathered = gathering();
    for (const domain of ['a.example', 'b.example']) void gathered.join(domain).probe(...ask('x', domain));
    gathered.timers.pass(4);
    void gathered.join('c.example').probe(...ask('x', 'c.example'));
    gathered.timers.pass(1);
    void gathered.join('d.example').probe(...ask('x', 'd.example'));
    gathered.timers.pass(5);
    expect(shape(gathered)).toEqual([['a.example 1', 'b.example 1', 'c.example 1'], ['d.example 1']]);
  });
});

describe('an address without evidence', () => {
  test('an address without evidence is told so once no more evidence can come, and not before', async () => {
    const gathered = gathering();
    const evidence = gathered.join('a.example').probe(...ask('x', 'a.example'));
    gathered.timers.pass(5);
    gathered.end();
    expect(await evidence).toBeNull();
  });

  test('an address without evidence is told so at once if the client of the list has gone', async () => {
    const gone = new AbortController();
    const gathered = gathering(gone.signal);
    const evidence = gathered.join('a.example').probe(...ask('x', 'a.example'));
    gone.abort();
    gathered.timers.pass(5);
    expect(await evidence).toBeNull();
    expect(gathered.sent).toEqual([]);
  });
});
