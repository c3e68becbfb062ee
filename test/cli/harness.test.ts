import { Command } from '@commander-js/extra-typings';
import { afterEach, expect, test, vi } from 'vitest';
import { run, setUp } from '../../cli/harness.ts';

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

test('a bug ends with 70, not with the 1 of a check that found problems', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const program = setUp(new Command('vrfy')).action(() => {
    throw new TypeError('a bug');
  });
  await run(program, []);
  expect(process.exitCode).toBe(70);
  expect(written.mock.calls.join('')).toContain('vrfy: TypeError: a bug');
});
