import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseNodeSettings } from '../../probe-node/settings.ts';
import { buildProbe } from '../../scripts/build-probe.ts';
import { JOB_BYTES_MAX } from '../../shared/job.ts';
import { VERSION } from '../../shared/version.ts';
import { readProjectFile, settingNames, variablesOf } from './machine.ts';

/** Octets of user data that every hosting provider takes. */
const USER_DATA_OCTETS_MAX = 16_384;

const text = readProjectFile('deploy/cloud-init.yaml');
/** The values at the top of the file. */
const values = new Map(
  [...text.matchAll(/\{% set (\w+) = '([^']*)' %\}/g)].map(([, name = '', value = '']) => [name, value]),
);
/** As cloud-init makes it out of the template: no more of Jinja is used than this. */
const rendered = text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => values.get(name) ?? `no value for ${name}`);

const configSchema = z.object({
  users: z.tuple([z.literal('default'), z.object({ name: z.string(), system: z.literal(true), shell: z.string() })]),
  packages: z.array(z.string()),
  write_files: z.array(
    z.object({
      path: z.string(),
      permissions: z.string(),
      content: z.string(),
      defer: z.boolean().optional(),
    }),
  ),
  runcmd: z.array(z.array(z.string()).min(1)),
});

const config = configSchema.parse(parse(rendered));
const fileAt = (name: string) => config.write_files.find((file) => file.path === name);

describe('the cloud-init file', () => {
  test('the cloud-init file begins as a template that cloud-init knows, is YAML before and after, and fits into user data', () => {
    expect(text).toMatch(/^## template: jinja\n#cloud-config\n/);
    expect(() => parse(text)).not.toThrow();
    expect(rendered).not.toContain('no value for');
    expect(rendered.replace(/^#.*$/gm, '')).not.toMatch(/\{\{|\{%|\{#/);
    expect(text.length).toBeLessThan(USER_DATA_OCTETS_MAX);
  });

  test('the cloud-init file writes the unit and the Caddyfile of this folder, to the letter', () => {
    expect(fileAt('/etc/systemd/system/vrfy-probe.service')?.content).toBe(
      readProjectFile('deploy/vrfy-probe.service'),
    );
    expect(fileAt('/etc/caddy/Caddyfile')?.content).toBe(readProjectFile('deploy/Caddyfile'));
    expect(fileAt('/etc/caddy/Caddyfile')?.defer).toBe(true);
  });

  test('the cloud-init file has Caddy take as large a body as the node takes, and as PROTOCOL.md says', () => {
    const mebioctets = JOB_BYTES_MAX / 1024 / 1024;
    expect(readProjectFile('deploy/Caddyfile').match(/max_size .*/g)).toEqual([`max_size ${mebioctets}MiB`]);
    expect(readProjectFile('docs/PROTOCOL.md')).toContain(`A body may have ${mebioctets} MiB`);
  });

  test('the cloud-init file writes settings that a node reads, for root’s eyes alone', () => {
    const env = fileAt('/etc/vrfy/probe.env');
    const known = settingNames();
    const variables = variablesOf(env?.content ?? '');
    expect(variables.length).toBeGreaterThan(5);
    expect(variables.filter(([name]) => !known.has(name))).toEqual([]);
    expect(env?.permissions).toBe('0600');
  });

  test('the cloud-init file makes the user of the unit, which cannot log in', () => {
    expect(config.users[1]).toMatchObject({ name: 'vrfy-probe', shell: '/usr/sbin/nologin' });
    expect(fileAt('/etc/systemd/system/vrfy-probe.service')?.content).toContain(`User=${config.users[1].name}\n`);
  });

  test('the cloud-init file installs with a valid shell script that checks its downloads', () => {
    const script = fileAt('/usr/local/sbin/vrfy-probe-install')?.content ?? '';
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(script).toContain('set -euo pipefail');
    expect(script).toContain('sha256sum --check');
    expect(config.runcmd).toContainEqual(['/usr/local/sbin/vrfy-probe-install']);
    expect(config.runcmd.at(-1)).toEqual(['systemctl', 'enable', '--now', 'vrfy-probe']);
  });
});

/** The script of the file on a machine that is a folder: its packages are there, and its downloads come from this disk. */
describe('the installation by cloud-init', () => {
  const machine = mkdtempSync(path.join(tmpdir(), 'vrfy-machine-'));
  const installed = path.join(machine, 'opt/vrfy/probe-node.mjs');
  const built = path.join(machine, 'built.mjs');
  afterAll(() => rmSync(machine, { recursive: true, force: true }));

  function install(sha256: string) {
    for (const folder of ['bin', 'usr/share/keyrings', 'etc/apt/sources.list.d']) {
      mkdirSync(path.join(machine, folder), { recursive: true });
    }
    const tool = (name: string, lines: string): void =>
      writeFileSync(path.join(machine, 'bin', name), `#!/bin/bash\n${lines}\n`, { mode: 0o755 });
    tool('apt-get', 'exit 0');
    tool('curl', `while [ "$1" != -o ]; do shift; done\ncp '${built}' "$2"`);
    tool('node', `exec '${process.execPath}' "$@"`);
    const script = (fileAt('/usr/local/sbin/vrfy-probe-install')?.content ?? '')
      .replaceAll(/(?<=[ =])\/(usr\/share|etc\/apt|opt\/vrfy)/g, `${machine}/$1`)
      .replace(values.get('file_sha256') ?? '', sha256);
    const env = { PATH: `${path.join(machine, 'bin')}:${process.env['PATH']}` };
    return spawnSync('bash', { input: script, env, encoding: 'utf8' });
  }

  test('the installation puts the node in its place if its sum is right, and not if it is another', async () => {
    const { sha256 } = await buildProbe(built);
    const wrong = install('0'.repeat(64));
    expect([wrong.status, existsSync(installed)]).toEqual([1, false]);
    expect(wrong.stderr).toContain('WARNING');
    const right = install(sha256);
    expect([right.status, right.stderr, right.stdout]).toEqual([0, '', expect.stringContaining(VERSION)]);
    expect(existsSync(installed)).toBe(true);
    // It may be run again.
    expect(install(sha256).status).toBe(0);
  });

  test('the settings that the file writes are whole: a node takes them as they are', () => {
    const env = Object.fromEntries(variablesOf(fileAt('/etc/vrfy/probe.env')?.content ?? ''));
    expect(parseNodeSettings(env)).toMatchObject({ id: values.get('id'), region: values.get('region') });
  });
});
