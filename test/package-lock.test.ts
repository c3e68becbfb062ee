import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      /** Part of the archive of another package, whose integrity covers it. */
      inBundle: z.boolean().optional(),
      resolved: z.string().optional(),
    }),
  ),
});

test('the lock file names the integrity of every package, those for other platforms included', () => {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')),
  );
  const entries = Object.entries(packages).filter(([folder, { link }]) => folder !== '' && link !== true);
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? '')).map(([folder]) => folder)).toEqual(
    [],
  );
});

test('the lock file of the verifiers in the benchmark names the integrity of every archive, and no registry', () => {
  const file = new URL('../bench/versus/peers/npm/package-lock.json', import.meta.url);
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const entries = Object.entries(packages).filter(([folder, { inBundle }]) => folder !== '' && inBundle !== true);
  expect(entries.length).toBeGreaterThan(8);
  expect(
    entries.filter(([, { integrity }]) => !/^sha512-|^sha1-/.test(integrity ?? '')).map(([folder]) => folder),
  ).toEqual([]);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
