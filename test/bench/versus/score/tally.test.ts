import { expect, test } from 'vitest';
import { tallyBehaviour, tallyHonesty } from '../../../../bench/versus/score/tally.ts';
import type { LabelledReply, Subject } from '../../../../bench/versus/sets/replies.ts';
import { ADA, EXISTS, GONE, NOBODY, odd } from '../../../../bench/versus/sets/server.ts';

function reply(id: string, about: Subject): LabelledReply {
  return { id, about, stage: 'rcpt', stage_stated: true, reply: '550 no', source: 'https://example.com/' };
}

const REPLIES = [
  reply('a', 'gone'),
  reply('b', 'asker'),
  reply('c', 'moment'),
  reply('d', 'accepted'),
  reply('e', 'accepts-all'),
  reply('f', 'relay'),
];

test('replies are counted by outcome, each share of those that can have it', () => {
  const verdicts = {
    a: 'invalid',
    b: 'invalid',
    c: 'deliverable',
    d: 'unknown',
    e: 'deliverable',
    f: 'invalid',
  } as const;
  const tally = tallyHonesty({ verdicts }, REPLIES);
  expect([tally.falseInvalid.count, tally.falseInvalid.of]).toEqual([1, 4]);
  expect([tally.falseDeliverable.count, tally.falseDeliverable.of]).toEqual([1, 4]);
  expect([tally.right.count, tally.right.of]).toEqual([1, 6]);
  expect([tally.neither.count, tally.neither.of]).toEqual([3, 6]);
  expect([tally.bySubject.gone.count, tally.bySubject.asker.count, tally.bySubject.full.of]).toEqual([1, 0, 0]);
});

test('the four outcomes of all replies add up', () => {
  const verdicts = { a: null, b: 'risky', c: 'deliverable', d: 'invalid' } as const;
  const { falseInvalid, falseDeliverable, right, neither } = tallyHonesty({ verdicts }, REPLIES);
  expect(falseInvalid.count + falseDeliverable.count + right.count + neither.count).toBe(REPLIES.length);
});

test('servers are counted by outcome, and those that misled are named', () => {
  const servers = [
    odd('honest', 'one', '', ADA, EXISTS, {}),
    odd('honest', 'two', '', NOBODY, GONE, {}),
    odd('honest', 'three', '', ADA, EXISTS, {}),
  ];
  const behaviour = { spoke_early: [], out_of_turn: [], sent_data: [], own_machine: 0, seconds: {} };
  const tally = tallyBehaviour({ ...behaviour, verdicts: { one: 'invalid', two: 'invalid', three: null } }, servers);
  expect([tally.right.count, tally.acceptable.count, tally.wrong.count, tally.hung.count]).toEqual([1, 0, 1, 1]);
  expect(tally.misled).toEqual(['one', 'three']);
});
