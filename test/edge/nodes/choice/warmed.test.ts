import { expect, test } from 'vitest';
import { createWarmed, type WarmedNodes } from '../../../../edge/nodes/choice/warmed.ts';

function atHand(): { readonly warmed: WarmedNodes; readonly advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { warmed: createWarmed(() => nowMs), advance };
}

test('a session is told of once, to the first who asks about its domain', () => {
  const { warmed } = atHand();
  warmed.note('gmail.com', 'fra1');
  expect([warmed.take('yahoo.com'), warmed.take('gmail.com'), warmed.take('gmail.com')]).toEqual([null, 'fra1', null]);
});

test('of several sessions the oldest is told of first', () => {
  const { warmed } = atHand();
  warmed.note('gmail.com', 'fra1');
  warmed.note('gmail.com', 'iad1');
  expect([warmed.take('gmail.com'), warmed.take('gmail.com')]).toEqual(['fra1', 'iad1']);
});

test('a session is forgotten when its node parts with it', () => {
  const { warmed, advance } = atHand();
  warmed.note('gmail.com', 'fra1');
  advance(20_000);
  expect(warmed.take('gmail.com')).toBeNull();
});

test('of more sessions than are held the oldest is forgotten', () => {
  const { warmed } = atHand();
  for (let index = 0; index <= 1_000; index += 1) warmed.note(`domain${index}.example`, 'fra1');
  expect([warmed.take('domain0.example'), warmed.take('domain1.example')]).toEqual([null, 'fra1']);
});
