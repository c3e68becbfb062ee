import { expect, test } from 'vitest';
import { createWarmed, type WarmedNodes } from '../../../../edge/nodes/choice/warmed.ts';

function atHand(): { readonly warmed: WarmedNodes; readonly advance: (ms: number) => void } {
  let nowMs = 1_000_000;
  const advance = (ms: number): void => {
    nowMs += ms;
  };
  return { warmed: createWarmed(() => nowMs), advance };
}

test('a warmed session is given once, to the first question about its domain', () => {
  const { warmed } = atHand();
  warmed.note('gmail.com', 'fra1');
  expect([warmed.take('yahoo.com'), warmed.take('gmail.com'), warmed.take('gmail.com')]).toEqual([null, 'fra1', null]);
});

test('the oldest of several warmed sessions is given first', () => {
  const { warmed } = atHand();
  warmed.note('gmail.com', 'fra1');
  warmed.note('gmail.com', 'iad1');
  expect([warmed.take('gmail.com'), warmed.take('gmail.com')]).toEqual(['fra1', 'iad1']);
});

test('a warmed session is dropped when its node closes it', () => {
  const { warmed, advance } = atHand();
  warmed.note('gmail.com', 'fra1');
  advance(20_000);
  expect(warmed.take('gmail.com')).toBeNull();
});

test('the oldest warmed session is dropped if there are more than are kept', () => {
  const { warmed } = atHand();
  for (let index = 0; index <= 1_000; index += 1) warmed.note(`domain${index}.example`, 'fra1');
  expect([warmed.take('domain0.example'), warmed.take('domain1.example')]).toEqual([null, 'fra1']);
});
