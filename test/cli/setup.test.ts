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
    const titles = stdout.match(/^\d+\/\d+ .*$/gm)?.map((line) => line.replace(/^\d+\/\d+ /, ''));
    expect(titles).toEqual([
      'account',
      'domain of vrfy-edge-production, with workers.dev and preview URLs off',
      'queue vrfy-rechecks-production',
      'queue vrfy-rechecks-production-dead',
      'R2 bucket vrfy-files-production',
      'KV namespace MEMORY',
      expect.stringMatching(/^secrets PROBE_SIGNING_KEY, CACHE_KEY, ADMIN_TOKEN.*; the signing key gets a successor$/),
      'mail sender of free keys',
      'edge at its domain',
      'nodes',
    ]);
    expect(stdout).toMatch(/^ {4}npx wrangler queues create vrfy-rechecks-production$/m);
    expect(stdout).toMatch(/^ {4}npx wrangler kv namespace create vrfy-edge-production-memory$/m);
    expect(stdout).toMatch(/^Nothing was changed. Next: npx vrfy setup --env production$/m);
    expect(stdout).not.toContain('ADMIN_TOKEN is in');
    expect(await readdir(folder)).toEqual([]);
  });

  test('vrfy setup with --check does not rotate a key', async () => {
    const { code, stderr } = await vrfy(['setup', '--check', '--rotate-signing-key', '--state', folder]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--check changes nothing')]);
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
