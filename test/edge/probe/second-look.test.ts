/** A second look at the refusal of a mailbox: the caller's answer, and the memory of it. */
import { describe, expect, test } from 'vitest';
import { verifyMany } from '../../../edge/batch/verify-many.ts';
import type { ClimbOptions } from '../../../edge/flow/climb.ts';
import { verify } from '../../../edge/flow/verify.ts';
import type { Answer } from '../../../shared/answer.ts';
import { createWorld, nodesTold } from '../small-world.ts';

const OPTIONS: ClimbOptions = { deadlineMs: 10_000, maxAgeSeconds: null, smtp: true, recheck: null };
const GONE = { reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' }, stranger: null };

const worldWith = (parts: Parameters<typeof nodesTold>[0], lot = 0) =>
  createWorld({ probe: nodesTold(parts), random: () => lot });

describe('a mailbox that one node calls dead', () => {
  test('a mailbox that one node calls dead is not invalid if another node finds it alive, now and from memory', async () => {
    const world = await worldWith({ rogue: GONE, honest: {} });
    expect(await verify('ada@firm.example', OPTIONS, world.ports)).toMatchObject({
      verdict: 'deliverable',
      smtp: { node: 'honest' },
      second_opinion: { reason: 'mailbox_not_found', smtp: { node: 'rogue' } },
    });
    expect(world.looks).toEqual([expect.objectContaining({ nodes: ['rogue', 'honest'], isDisputed: true })]);
    await world.settle();
    expect(await verify('ada@firm.example', OPTIONS, world.ports)).toMatchObject({ reason: 'accepted', cached: true });
  });

  test('a mailbox that one node calls dead is invalid if the other node says so too', async () => {
    const world = await worldWith({ one: GONE, other: GONE });
    expect(await verify('ada@firm.example', OPTIONS, world.ports)).toMatchObject({
      reason: 'mailbox_not_found',
      second_opinion: null,
    });
    expect(world.looks).toEqual([expect.objectContaining({ isDisputed: false })]);
  });

  test('a mailbox that one node calls dead is asked about once unless it is drawn for a second look', async () => {
    const world = await worldWith({ one: GONE, other: {} }, 0.01);
    expect(await verify('ada@firm.example', OPTIONS, world.ports)).toMatchObject({ reason: 'mailbox_not_found' });
    expect(world.jobs).toHaveLength(1);
  });

  test('a mailbox that one node calls dead may get a second look in a list as well', async () => {
    const world = await worldWith({ rogue: GONE, honest: {} });
    const answers: Answer[] = [];
    const ports = {
      gather: world.gather,
      quota: null,
      names: null,
      waitUntil: world.ports.waitUntil,
      onFault: () => {},
    };
    const emails = ['ada@firm.example', 'grace@firm.example'];
    await verifyMany(emails, OPTIONS, ports, (answer) => void answers.push(answer), new AbortController().signal);
    expect(answers.map(({ verdict, smtp }) => [verdict, smtp?.node])).toEqual(Array(2).fill(['deliverable', 'honest']));
    expect(world.looks).toHaveLength(2);
  });
});
