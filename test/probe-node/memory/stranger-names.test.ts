import { expect, test } from 'vitest';
import { createStrangerNames } from '../../../probe-node/memory/stranger-names.ts';

const DAY_MS = 86_400_000;
const POST = { domain: 'example.test', host: 'mx1.example.test' };

test('a random mailbox is the same for a day, across a restart as well, and then another', () => {
  const clock = { nowMs: 20_000 * DAY_MS };
  const [before, after] = [1, 2].map(() => createStrangerNames('secret', () => clock.nowMs));
  const first = before?.(POST);
  clock.nowMs += DAY_MS - 1;
  expect(after?.(POST)).toBe(first);
  clock.nowMs += 1;
  expect(after?.(POST)).not.toBe(first);
});

test('it is another one for each domain, host and node', () => {
  const [own, other] = ['secret', 'another'].map((secret) => createStrangerNames(secret, () => 0));
  const names = [
    own?.(POST),
    own?.({ ...POST, domain: 'other.test' }),
    own?.({ ...POST, host: 'mx2.example.test' }),
    other?.(POST),
  ];
  expect(new Set(names).size).toBe(4);
});

test('it looks like the name of a person', () => {
  const name = createStrangerNames('secret', () => 0);
  for (let index = 0; index < 500; index += 1) {
    expect(name({ ...POST, domain: `d${index}.test` })).toMatch(/^[a-z]+\.[a-z]{12}[0-9]{2}$/);
  }
});
