import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readProjectFile } from './machine.ts';

const UNIT = readProjectFile('deploy/vrfy-probe.service');
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
/** Of ten, which would be no protection at all; times ten, as systemd-analyze takes it. */
const EXPOSURE_MAX = 20;

const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-unit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const valuesOf = (key: string): readonly string[] =>
  [...UNIT.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

function analyze(...args: readonly string[]) {
  // Whether /usr/bin/node is there is the operator's business; the file must be one that could be run.
  const file = path.join(folder, 'vrfy-probe.service');
  writeFileSync(file, UNIT.replace('/usr/bin/node', process.execPath));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe('the systemd unit', () => {
  test.runIf(hasAnalyze)('the systemd unit has no fault that systemd finds', () => {
    expect(analyze('verify')).toEqual({ status: 0, said: '' });
  });

  test.runIf(hasAnalyze)('the systemd unit takes away rights that the node does not need', () => {
    const { status, said } = analyze('security', '--offline=true', `--threshold=${EXPOSURE_MAX}`);
    expect([status, said.trim().split('\n').at(-1)]).toEqual([0, expect.stringMatching(/exposure level .* OK/)]);
  });

  test('the systemd unit restarts after a fault, but not if a setting is wrong', () => {
    expect(valuesOf('Restart')).toEqual(['on-failure']);
    expect(valuesOf('RestartPreventExitStatus')).toEqual(['2 78']);
  });

  test('the systemd unit gives a drain the time that a job may take', () => {
    const sources = readdirSync(new URL('../../probe-node/', import.meta.url)).filter((name) => name.endsWith('.ts'));
    const text = sources.map((name) => readProjectFile(`probe-node/${name}`)).join('\n');
    const drain = /^const DRAIN_MS = ([0-9_]+);$/m.exec(text)?.[1];
    expect(Number(valuesOf('TimeoutStopSec')[0]) * 1000).toBeGreaterThan(Number(drain?.replaceAll('_', '')));
  });

  test('the systemd unit starts the node with the flag that limits its memory, as an unprivileged user, from one file', () => {
    expect(valuesOf('ExecStart')).toEqual(['/usr/bin/node --max-semi-space-size=8 /opt/vrfy/probe-node.mjs']);
    expect(valuesOf('User')).toEqual(['vrfy-probe']);
    expect(valuesOf('Environment')).toEqual([`PROBE_STATE=/var/lib/${valuesOf('StateDirectory')[0]}`]);
    expect(valuesOf('NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
    expect(valuesOf('CapabilityBoundingSet')).toEqual(['']);
  });
});
