import { expect, test } from 'vitest';
import { faultOfBundle } from '../../bench/check-bundle.ts';

test('a script that is too large fails the check with its largest parts and the remedy', () => {
  const fault = faultOfBundle(342.1, 342, [
    ['edge/lists', 20],
    ['zod', 200_000],
  ]);
  expect(fault).toContain('342.1 KiB');
  expect(fault).toMatch(/200000 {2}zod\n +20 {2}edge\/lists\n.*static file/);
});

test('a script within the limit passes', () => {
  expect(faultOfBundle(342, 342, [])).toBeNull();
});
