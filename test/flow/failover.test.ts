/** Nodes are killed and frozen under load: no verdict is lost, doubled or wrong, and the time to normal is told. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type System, startSystem } from './system.ts';

/** Mail servers without a mailbox of such a name. */
const DOMAINS = ['good.test', 'multiline.test', 'helo.test', 'onercpt.test', 'nopipelining.test'];
/** One that takes two seconds to greet: its addresses are under way whatever happens. */
const SLOW_DOMAIN = 'teaser.test';
const SLOW_COUNT = 9;
const COUNT = 500;
const AT_ONCE = 25;

const EMAILS = Array.from({ length: COUNT }, (_, index) => {
  return `person${index}@${index < SLOW_COUNT ? SLOW_DOMAIN : DOMAINS[index % DOMAINS.length]}`;
});

let system: System;

beforeEach(async () => {
  // Failing over is to be seen here, not pacing.
  process.env['PROBE_PACE'] = 'off';
  system = await startSystem(3);
});

afterEach(async () => {
  for (const { pid } of system.nodes) signalTo(pid, 'SIGCONT');
  await system.close();
});

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

type Verdict = { readonly email: string; readonly reason: string; readonly smtp: { readonly node: string } | null };

/** Faults of the verdicts: there should be none. */
function tally(verdicts: readonly Verdict[]): Record<string, number> {
  return {
    lost: EMAILS.length - new Set(verdicts.map(({ email }) => email)).size,
    doubled: verdicts.length - new Set(verdicts.map(({ email }) => email)).size,
    wrong: verdicts.filter(({ reason }) => reason !== 'mailbox_not_found').length,
  };
}

const NOTHING_WRONG = { lost: 0, doubled: 0, wrong: 0 };

/** One request each; `onVerdict` hears how many there are. */
async function askEach(onVerdict: (count: number, verdict: Verdict) => void): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  const waiting = [...EMAILS];
  const asker = async (): Promise<void> => {
    for (let email = waiting.shift(); email !== undefined; email = waiting.shift()) {
      const verdict = await system.ask(email, { deadline_ms: '60000' });
      verdicts.push(verdict);
      onVerdict(verdicts.length, verdict);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, asker));
  return verdicts;
}

/** All in one request; `onVerdict` hears how many there are. */
async function askBatch(onVerdict: (count: number, verdict: Verdict) => void): Promise<readonly Verdict[]> {
  const response = await fetch(`${system.url}/v1/verify/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ emails: EMAILS }),
  });
  const verdicts: Verdict[] = [];
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const verdict: Verdict = JSON.parse(line);
      onVerdict(verdicts.push(verdict), verdict);
    }
  }
  return verdicts;
}

type Asking = typeof askEach;

const ways: readonly (readonly [string, Asking])[] = [
  ['one request each', askEach],
  ['one batch', askBatch],
];

describe.each(ways)('five hundred addresses in %s', (_, ask) => {
  test.each<NodeJS.Signals>(['SIGKILL', 'SIGSTOP'])(
    'five hundred addresses get their verdicts, though the first node to answer gets a %s',
    async (signal) => {
      let struckAtMs = 0;
      let struck = '';
      let lastOfStruckMs = 0;
      const verdicts = await ask((_count, { smtp }) => {
        if (struck === '' && smtp !== null) {
          struck = smtp.node;
          struckAtMs = performance.now();
          signalTo(system.nodes.find(({ id }) => id === struck)?.pid ?? -1, signal);
        }
        lastOfStruckMs = performance.now();
      });
      expect(tally(verdicts)).toEqual(NOTHING_WRONG);
      expect(struck).not.toBe('');
      console.log(
        `${signal} of ${struck}: ${JSON.stringify(tally(verdicts))}, all there ${Math.round(lastOfStruckMs - struckAtMs)} ms later`,
      );
    },
    60_000,
  );
});
