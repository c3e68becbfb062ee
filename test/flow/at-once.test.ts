/**
 * Many concurrent requests about one mailbox in workerd, in which requests await a promise of another one, and a client
 * that goes may end its request's work; and the files on disk afterwards. Edge in workerd, a node as a process, the
 * sandbox on loopback.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerSchema } from '../../shared/answer.ts';
import { type System, startSystem, storedBytes } from './system.ts';

const POLL = { interval: 100 };

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(async () => {
  await system.close();
});

const connectionsTo = (host: string): number => system.sandbox.counters()[host]?.connections ?? 0;
const commandsTo = (host: string): number => system.sandbox.counters()[host]?.commands ?? 0;

/** Asks, and goes away once the mail server has been asked. */
async function askAndLeave(email: string, host: string): Promise<void> {
  const leaving = new AbortController();
  const left = expect(fetch(`${system.url}/v1/verify?email=${email}`, { signal: leaving.signal })).rejects.toThrow();
  await expect.poll(() => connectionsTo(host), POLL).toBe(1);
  leaving.abort();
  await left;
}

describe('one mailbox, asked about concurrently', () => {
  test('one mailbox that many ask about concurrently is probed once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => system.ask('ada@helo.test')));
    expect(new Set(answers.map(({ reason }) => reason))).toEqual(new Set(['accepted']));
    expect(connectionsTo('mx.helo.test')).toBe(1);
    // One conversation: a greeting, a sender, the mailbox and a random one.
    expect(commandsTo('mx.helo.test')).toBeLessThan(10);
  });

  test('one mailbox whose first caller goes away is answered to the callers that joined', async () => {
    const email = 'ada@slow.test';
    await askAndLeave(email, 'mx.slow.test');
    const joined = await system.ask(email, { deadline_ms: '30000' });
    expect(joined).toMatchObject({ reason: 'accepted', cached: false });
    expect(connectionsTo('mx.slow.test')).toBe(1);
  }, 40_000);

  test('one mailbox whose only caller goes away is probed all the same, and remembered for the next', async () => {
    await askAndLeave('ada@teaser.test', 'mx.teaser.test');
    const later = (): Promise<unknown> => system.ask('ada@teaser.test', { smtp: 'false' });
    await expect.poll(later, POLL).toMatchObject({ cached: true });
  });

  test('one mailbox is streamed to each caller with steps of its own, in the order in which they ended', async () => {
    const streams = await Promise.all(
      [1, 2].map(async () => {
        const response = await fetch(`${system.url}/v1/verify/stream?email=ada@nopipelining.test`);
        return response.text();
      }),
    );
    for (const stream of streams) {
      const steps = [...stream.matchAll(/"step":"([a-z_]+)","outcome":"([a-z]+)"/g)].map((match) => match[1]);
      const verdict = answerSchema().parse(JSON.parse(/event: verdict\ndata: (.*)/.exec(stream)?.[1] ?? ''));
      expect(verdict.reason).toBe('accepted');
      expect(steps.slice(0, verdict.steps.length)).toEqual(verdict.steps.map(({ step }) => step));
      expect(verdict.steps.at(-1)).toMatchObject({ step: 'probe', outcome: 'stop' });
    }
    expect(connectionsTo('mx.nopipelining.test')).toBeLessThanOrEqual(2);
  });
});

describe('the store on the disk', () => {
  test('the store on the disk holds verdicts, and neither a whole address nor a local part', async () => {
    const locals = ['zacharias.quill', 'Wilhelmina.Odd', 'nobody-of-that-name'];
    for (const local of locals) await system.ask(`${local}@good.test`);
    await system.ask('ada@good.test');
    const holdsVerdict = async (): Promise<boolean> => (await storedBytes(system.stateDir)).includes('checked_at');
    await expect.poll(holdsVerdict, POLL).toBe(true);
    const stored = (await storedBytes(system.stateDir)).toLowerCase();
    expect(locals.filter((local) => stored.includes(local.toLowerCase()))).toEqual([]);
    expect(/[a-z0-9._-]+(?:@|%40)[a-z0-9-]+\.test/.exec(stored)?.[0] ?? null).toBeNull();
  });
});
