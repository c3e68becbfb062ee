import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { writeSandboxSettings } from '../../../cli/start/sandbox-settings.ts';
import { startSandbox } from '../../../probe-node/sandbox/server.ts';
import { parseNodeSettings } from '../../../probe-node/settings.ts';

test('a node with the settings of the sandbox finds its mail hosts, until the sandbox ends', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-sandbox-'));
  const sandbox = await startSandbox();
  const { file, close } = await writeSandboxSettings(path.join(folder, 'state'), sandbox.routes);
  const environment = parseEnv(await readFile(file, 'utf8'));
  const needed = { PROBE_EDGE: 'http://127.0.0.1:1', PROBE_HELO: 'probe1.example.com' };
  const { routes } = parseNodeSettings({ ...needed, ...environment });
  expect(routes.get('mx.good.test')).toMatchObject({ ip: '127.0.0.1' });
  await close();
  expect(await readdir(path.dirname(file))).toEqual([]);
  await sandbox.close();
  await rm(folder, { recursive: true });
});
