import { describe, expect, test } from 'vitest';
import { refuseSlips } from '../../../edge/routes/near-miss.ts';

const KNOWN = ['email', 'deadline_ms', 'max_age', 'smtp'];

describe('a name that is nearly a known one', () => {
  test.each([
    ['max_agee', 'max_age'],
    ['maxage', 'max_age'],
    ['Max-Age', 'max_age'],
    ['deadline', 'deadline_ms'],
    ['deadlinems', 'deadline_ms'],
    ['dedline_ms', 'deadline_ms'],
    ['mail', 'email'],
    ['emails', 'email'],
    ['smpt', 'smtp'],
    ['SMTP', 'smtp'],
  ])('is refused with the one that may be meant: %s', (name, meant) => {
    const detail = `${name}: is not known here; ${meant} may be meant.`;
    expect(() => refuseSlips(['utm_source', name], KNOWN)).toThrow(
      expect.objectContaining({ code: 'invalid_request', detail }),
    );
  });
});

test('the known names, and names that are like none of them, are passed over', () => {
  const others = [
    'key',
    'utm_source',
    'utm_campaign',
    '_',
    't',
    'ts',
    'id',
    'q',
    'v',
    'cb',
    'lang',
    'name',
    'step',
    'gclid',
  ];
  const hostile = ['', '__proto__', 'constructor', 'jerry@firm.example', 'email'.repeat(10_000)];
  expect(() => refuseSlips([...KNOWN, ...others, ...hostile], KNOWN)).not.toThrow();
});
