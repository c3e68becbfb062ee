import { expect, test } from 'vitest';
import { ownerOf } from '../../../probe-node/flow/owner.ts';

test.each([
  ['a.evil.example', 'evil.example'],
  ['b.c.evil.example', 'evil.example'],
  ['evil.example', 'evil.example'],
  ['a.firm.co.uk', 'firm.co.uk'],
  ['someone.github.io', 'someone.github.io'],
  ['other.someone.github.io', 'someone.github.io'],
  ['localhost', 'localhost'],
])('%s belongs to the owner of %s', (name, owner) => {
  expect(ownerOf(name)).toBe(owner);
});
