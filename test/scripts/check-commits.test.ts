import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultOfSubject, faultyCommits } from '../../scripts/check-commits.ts';

describe('a commit subject', () => {
  test.each([
    'edge/dns: bound the wait for a resolver',
    'README: name every command',
    'package-lock: name the integrity of every package',
    "Merge branch 'cli'",
    'Revert "edge/dns: bound the wait for a resolver"',
    `docs: ${'a'.repeat(33)} ${'b'.repeat(32)}`,
  ])('a commit subject passes as %s', (subject) => {
    expect(faultOfSubject(subject)).toBeNull();
  });

  test.each([
    ['Rungs that need nobody have no stage to keep', 'area: verb object'],
    ['edge/dns:bound the wait', 'area: verb object'],
    ['edge/dns: bound', 'area: verb object'],
    ['edge/dns: Bound the wait', 'area: verb object'],
    ['edge/dns: bound the wait.', 'full stop'],
    [`docs: ${'a'.repeat(33)} ${'b'.repeat(33)}`, '73 characters'],
  ])('a commit subject fails as %s', (subject, fault) => {
    expect(faultOfSubject(subject)).toContain(fault);
  });
});

describe('the commits of a clone', () => {
  let directory: string;
  let base: string;
  const git = (...args: readonly string[]): string => {
    const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', ['-C', directory, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const commit = (subject: string): string => git('commit', '-q', '--allow-empty', '--no-verify', '-m', subject);

  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'vrfy-commits-'));
    git('init', '-q');
    commit('Written before there was a form');
    base = git('rev-parse', 'HEAD');
    commit('docs: say how to add a rule');
    commit('Did something else');
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('the commits of a clone are checked after the base, and a fault names the commit', () => {
    const [fault, ...more] = faultyCommits(directory, base) ?? [];
    expect(fault).toMatch(/^[0-9a-f]{7,} Did something else\n/);
    expect(more).toEqual([]);
  });

  test('the commits of a clone are not checked if the base is not there', () => {
    expect(faultyCommits(directory, 'f'.repeat(40))).toBeNull();
  });
});
