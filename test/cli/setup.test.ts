import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { vrfy } from './vrfy.ts';

describe('vrfy setup', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vrfy-setup-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('vrfy setup with --dry-run prints each step with its command, and changes nothing', async () => {
    const { code, stdout, stderr } = await vrfy(['setup', '--dry-run', '--rotate-signing-key', '--state', folder]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.match(/^\d\/\d .*$/gm)).toEqual([
      '1/6 account',
      '2/6 queue vrfy-rechecks-production',
      '3/6 queue vrfy-rechecks-production-dead',
      '4/6 R2 bucket vrfy-files-production',
      '5/6 KV namespace MEMORY',
      expect.stringMatching(
        /^6\/6 secrets PROBE_SIGNING_KEY, CACHE_KEY, ADMIN_TOKEN.*; the signing key gets a successor$/,
      ),
    ]);
    expect(stdout).toMatch(/^ {4}wrangler queues create vrfy-rechecks-production$/m);
    expect(stdout).toMatch(/^ {4}none: the first deploy creates it$/m);
    expect(stdout).toMatch(/^Nothing has been deployed. Next: npm run deploy -- --env production$/m);
    expect(await readdir(folder)).toEqual([]);
  });

  test('vrfy setup uses the queues of the given environment', async () => {
    const { stdout } = await vrfy(['setup', '--dry-run', '--env', 'staging', '--state', folder]);
    expect(stdout).toMatch(/queue vrfy-rechecks-staging$/m);
    expect(stdout).toMatch(/queue vrfy-rechecks-staging-dead$/m);
  });

  test('vrfy setup knows the environments of wrangler.toml and no other', async () => {
    const { code, stderr } = await vrfy(['setup', '--dry-run', '--env', 'moon', '--state', folder]);
    expect([code, stderr]).toEqual([2, 'vrfy: --env takes one of staging, production\nTry: vrfy setup --help\n']);
  });
});
