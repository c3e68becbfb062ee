import { describe, expect, test } from 'vitest';
import type { Tell } from '../../probe-node/flow/probe.ts';
import type { ServerBehaviour } from './mail-server.ts';
import { codesOf, jobFor, namesOf } from './node-world.ts';
import { POLL } from './open-sockets.ts';
import { awaitsClose, does, hears, type Script, says } from './smtp/scripted-server.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const EHLO = 'EHLO probe1.example.com';
const MAIL = 'MAIL FROM:<verify@example.com>';
const rcpt = (name: string): string => `RCPT TO:<${name}@example.test>`;
const READY: Script = [says('220 mx'), hears(EHLO), says('250-mx', '250 PIPELINING')];

/** Lets the event loop turn, so that written bytes have been read. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers nothing any more once this mailbox is asked about, and is left with the deadline. */
function muteFrom(name: string, stop: AbortController): ServerBehaviour['reply'] {
  let isMute = false;
  return (line) => {
    if (line.includes(`<${name}@`)) {
      isMute = true;
      void turns(20).then(() => stop.abort());
    }
    return isMute ? null : undefined;
  };
}

describe('the deadline', () => {
  test.each([true, false])(
    'that has passed before a job has its turn lets nothing be done, and that is our own queue (paced: %s)',
    async (isPaced) => {
      const server = await stage.serve();
      const evidence = await stage.world([server], { isPaced }).run(jobFor(['ada', 'nobody']), AbortSignal.abort());
      expect(evidence).toMatchObject([
        { outcome: 'paced', retry_after_s: 15, attempts: [] },
        { outcome: 'paced', retry_after_s: 15, attempts: [] },
      ]);
      expect(server.visits).toEqual([]);
    },
  );

  test.each([
    ['the greeting', [], 'connect'],
    ['EHLO', [says('220 mx'), hears(EHLO)], 'ehlo'],
    ['MAIL', [...READY, hears(MAIL, rcpt('ada'), 'RSET', EHLO)], 'mail'],
    ['RCPT', [...READY, hears(MAIL, rcpt('ada'), 'RSET', EHLO), says('250 ok')], 'rcpt'],
  ] as [string, Script, string][])('ends the wait for %s, and no other host is asked', async (_, script, where) => {
    const stop = new AbortController();
    const silent = await stage.play([...script, does(() => stop.abort()), awaitsClose]);
    const next = await stage.serve();
    const evidence = await stage.world([silent, next]).runOne(jobFor(['ada'], {}, 2), stop.signal);
    expect(evidence).toMatchObject({
      host: 'mx1.test',
      stage: where,
      outcome: 'timeout',
      fault: 'deadline',
      attempts: [],
    });
    expect(next.visits).toEqual([]);
  });

  test('the deadline in the middle of a transaction leaves what was accepted one by one, and no refusal: RSET is unanswered', async () => {
    const stop = new AbortController();
    const server = await stage.serve({ reply: muteFrom('known3', stop), extensions: [] });
    const names = ['known1', 'nobody', 'known3', 'known4', ...namesOf(20).slice(5)];
    const codes = codesOf(await stage.world([server]).run(jobFor(names), stop.signal), names);
    expect(codes).toMatchObject({
      known1: 250,
      nobody: 'timeout',
      known3: 'timeout',
      known4: 'timeout',
      known19: 'timeout',
    });
    expect(server.visits).toHaveLength(1);
  });

  test('the deadline in the middle of a group leaves the answers to the groups before it and no other: one may be missing', async () => {
    const stop = new AbortController();
    const server = await stage.serve({ reply: muteFrom('known12', stop) });
    const names = [...namesOf(9), 'nobody', 'known10', 'known11', 'known12', 'noone'];
    const codes = codesOf(await stage.world([server]).run(jobFor(names), stop.signal), names);
    expect(names.slice(0, 9).map((name) => codes[name])).toEqual(Array(9).fill(250));
    expect(names.slice(9).map((name) => codes[name])).toEqual(Array(5).fill('timeout'));
  });

  test('the deadline between two groups leaves the answers of the first', async () => {
    const stop = new AbortController();
    const server = await stage.serve();
    const names = namesOf(30);
    const told: unknown[] = [];
    const tell: Tell = (batch) => {
      told.push(...batch.map(({ outcome }) => outcome));
      stop.abort();
    };
    await stage.world([server]).probe(jobFor(names), tell, stop.signal);
    expect(told).toEqual([...Array(9).fill('reply'), ...Array(21).fill('timeout')]);
  });

  test('the deadline while the stranger is asked alone leaves the answer of the address', async () => {
    const stop = new AbortController();
    const reply: ServerBehaviour['reply'] = (line, visit) => {
      if (line.startsWith('RCPT') && !line.includes('<ada@')) {
        if (visit.transactions === 1) return '452 4.5.3 Too many recipients';
        void turns(20).then(() => stop.abort());
        return null;
      }
      return undefined;
    };
    const server = await stage.serve({ reply });
    const evidence = await stage.world([server]).runOne(jobFor(['ada'], { catch_all: 'ask' }), stop.signal);
    expect(evidence).toMatchObject({ outcome: 'reply', reply: { code: 250 }, stranger: null });
  });

  test('the deadline of one job holds up no other that waits for the same stranger', async () => {
    const stop = new AbortController();
    const isStranger = (line: string) => line.startsWith('RCPT') && !line.includes('known');
    const first: ServerBehaviour['reply'] = (line, visit) => (visit.index === 0 && isStranger(line) ? null : undefined);
    const server = await stage.serve({ reply: first, extensions: [] });
    const world = stage.world([server]);
    const slow = world.runOne(jobFor(['known1'], { catch_all: 'ask' }), stop.signal);
    await expect.poll(() => server.commands().some(isStranger), POLL).toBe(true);
    const other = world.runOne(jobFor(['known2'], { catch_all: 'ask' }));
    await expect.poll(() => server.asked(), POLL).toContain('known2@example.test');
    stop.abort();
    expect(await slow).toMatchObject({ reply: { code: 250 } });
    expect(await other).toMatchObject({ reply: { code: 250 }, stranger: { reply: { code: 550 } } });
  });
});

describe('a reader that leaves', () => {
  test('a reader that leaves between two batches ends the work: no more is asked, and the session is of use to the next', async () => {
    const server = await stage.serve();
    const world = stage.world([server]);
    const leave = new AbortController();
    await world.probe(jobFor(namesOf(50)), () => leave.abort(), leave.signal);
    expect(server.asked()).toHaveLength(9);
    expect(world.ports.pool.idleCount).toBe(1);
    await world.run(jobFor(['ada']));
    expect(server.visits).toHaveLength(1);
  });

  test('a reader that leaves in the middle of a group ends it with the signal, and the session is closed', async () => {
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const group = hears(MAIL, rcpt('ada'), 'RSET', EHLO);
    const server = await stage.play([...READY, group, does(asked.resolve), awaitsClose]);
    const world = stage.world([server]);
    const probed = world.probe(jobFor(['ada']), () => {}, stop.signal);
    await asked.promise;
    stop.abort();
    await probed;
    expect(world.ports.pool.idleCount).toBe(0);
  });

  test('a reader that leaves before anything was asked has asked nothing', async () => {
    const server = await stage.serve();
    await stage.world([server]).probe(jobFor(['ada']), () => {}, AbortSignal.abort());
    expect(server.visits).toEqual([]);
  });
});
