import { describe, expect, test } from 'vitest';
import type { VerifyPorts } from '../../../edge/flow/verify.ts';
import { verify } from '../../../edge/flow/verify.ts';
import { consumeRechecks } from '../../../edge/rechecks/consume.ts';
import type { Recheck } from '../../../edge/rechecks/message.ts';
import { recheckPorts } from '../../../edge/wiring/recheck-ports.ts';
import type { Answer } from '../../../shared/answer.ts';
import type { Evidence } from '../../../shared/job.ts';
import { strangerTold } from '../nodes/evidence.ts';
import { createWorld, nodesTold, type World } from '../small-world.ts';

const GREYLISTED = {
  reply: { code: 450, enhanced: '4.2.0', text: 'Greylisted' },
  stranger: null,
} satisfies Partial<Evidence>;

/** A world in which the mail server greylists, a caller who has asked, and a queue that delivers. */
async function greylisted(told: Partial<Evidence> = GREYLISTED): Promise<{
  readonly world: World;
  readonly say: (probe: VerifyPorts['probe']) => void;
  /** Delivers the oldest recheck that is planned, as often as is said at once; tells what became of the messages. */
  readonly deliver: (recheck: Recheck | undefined, times?: number) => Promise<readonly string[]>;
  readonly ask: () => Promise<Answer>;
}> {
  let probe = nodesTold({ fra1: told });
  const world = await createWorld({ probe: (...asked) => probe(...asked) });
  const ports = recheckPorts({ ports: world.ports, openRecheck: async (body) => body as Recheck });
  const ask = async (): Promise<Answer> => {
    const options = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };
    const answer = await verify('ada@firm.example', options, world.ports);
    await world.settle();
    return answer;
  };
  await ask();
  return {
    world,
    ask,
    say: (next) => {
      probe = next;
    },
    deliver: async (recheck, times = 1) => {
      world.advance(300_000);
      const fates: string[] = [];
      const message = { body: recheck, ack: () => void fates.push('done'), retry: () => void fates.push('again') };
      await consumeRechecks(Array(times).fill(message), ports);
      return fates;
    },
  };
}

describe('a recheck out of the queue', () => {
  test('asks the same node, and the same call has the answer later', async () => {
    const { world, say, deliver, ask } = await greylisted();
    say(nodesTold({ ams1: GREYLISTED, fra1: {} }));
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['done']);
    expect(world.choices.at(-1)?.prefer).toBe('fra1');
    expect(await ask()).toMatchObject({ verdict: 'deliverable', reason: 'accepted', cached: true });
    expect(world.jobs).toHaveLength(2);
  });

  test('lets forms go first: no person waits for it', async () => {
    const { world, deliver } = await greylisted();
    await deliver(world.rechecks[0]?.recheck);
    expect(world.jobs.map(({ priority }) => priority)).toEqual([undefined, 'bulk']);
  });

  test('that is put off again plans the next, three times in all', async () => {
    const { world, deliver } = await greylisted();
    for (let index = 0; index < 4; index += 1) {
      const planned = world.rechecks[index];
      if (planned !== undefined) expect(await deliver(planned.recheck)).toEqual(['done']);
    }
    expect(world.rechecks.map(({ delaySeconds }) => delaySeconds)).toEqual([300, 900, 3_600]);
    expect(world.rechecks.map(({ recheck }) => recheck.attempt)).toEqual([0, 1, 2]);
    expect(world.jobs).toHaveLength(4);
  });

  test('that is delivered twice asks once, although it is put off again', async () => {
    const { world, deliver } = await greylisted();
    const planned = world.rechecks[0]?.recheck;
    expect(await deliver(planned, 2)).toEqual(['done', 'done']);
    expect(await deliver(planned)).toEqual(['done']);
    expect(world.jobs).toHaveLength(2);
    expect(world.rechecks).toHaveLength(2);
  });

  test('is made although a caller was told "later" once more meanwhile', async () => {
    const { world, deliver } = await greylisted();
    world.advance(10_000);
    const options = { deadlineMs: 10_000, maxAgeSeconds: 0, smtp: true, recheck: null };
    expect((await verify('ada@firm.example', options, world.ports)).reason).toBe('greylisted');
    await world.settle();
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['done']);
    expect(world.choices.map(({ prefer }) => prefer)).toEqual([null, null, 'fra1']);
  });

  test('is not made where a caller has had the answer meanwhile', async () => {
    const { world, say, deliver, ask } = await greylisted();
    say(nodesTold({ fra1: {} }));
    world.advance(300_000);
    expect((await ask()).reason).toBe('accepted');
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['done']);
    expect(world.jobs).toHaveLength(2);
  });

  test('is done once its verdict is remembered', async () => {
    const { world, say, deliver } = await greylisted();
    say(nodesTold({ fra1: {} }));
    world.store.put = () => Promise.reject(new Error('KV is down'));
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['again']);
  });

  test('settles what a random mailbox that was put off has left open, on the same node and within minutes', async () => {
    const { world, ask, say, deliver } = await greylisted({ stranger: strangerTold(GREYLISTED.reply) });
    expect(await ask()).toMatchObject({ reason: 'unconfirmed', retry_after: 300, cached: true });
    expect(world.rechecks.map(({ delaySeconds }) => delaySeconds)).toEqual([300]);
    say(nodesTold({ ams1: { stranger: null }, fra1: {} }));
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['done']);
    expect(world.choices.at(-1)?.prefer).toBe('fra1');
    expect(await ask()).toMatchObject({ verdict: 'deliverable', reason: 'accepted', cached: true });
  });

  test('is none of an address whose random mailbox was not put off: nothing more would be learnt', async () => {
    const { world } = await greylisted({ stranger: null });
    expect(world.rechecks).toEqual([]);
  });

  test('comes again where no node can make it', async () => {
    const { world, say, deliver } = await greylisted();
    say(async () => null);
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['again']);
    say(nodesTold({ fra1: {} }));
    expect(await deliver(world.rechecks[0]?.recheck)).toEqual(['done']);
  });
});
