import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { startLoopback } from '../edge/loopback.ts';
import { readProjectFile, settingNames } from './machine.ts';

const CONTAINERFILE = readProjectFile('deploy/Containerfile');
const instructions = CONTAINERFILE.replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));
const argumentsOf = (name: string): readonly string[] =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());

test('the container starts the built file as the unit does', () => {
  const [command = '[]'] = argumentsOf('ENTRYPOINT');
  const unit = readProjectFile('deploy/vrfy-probe.service');
  expect(unit).toContain(`ExecStart=/usr/bin/${JSON.parse(command).join(' ')}\n`);
});

test('the container runs without rights of its own', () => {
  expect(argumentsOf('USER')).toEqual(['node']);
});

test('the container is healthy while its node answers, and unhealthy when it does not', async () => {
  const [health = ''] = argumentsOf('HEALTHCHECK');
  const [command, ...args] = z.array(z.string()).parse(JSON.parse(health.slice(health.indexOf('CMD ') + 4)));
  expect(command).toBe('node');
  const node = await startLoopback(({ path }, response) => response.writeHead(path === '/healthz' ? 200 : 404).end());
  const check = async (): Promise<unknown> => {
    const child = spawn(process.execPath, args, { env: { PROBE_LISTEN: `0.0.0.0:${node.url.port}` }, stdio: 'ignore' });
    return (await once(child, 'exit'))[0];
  };
  expect(await check()).toBe(0);
  await node.close();
  expect(await check()).toBe(1);
});

test('the container sets only variables that a node reads', () => {
  const known = settingNames();
  const names = argumentsOf('ENV').flatMap((line) => [...line.matchAll(/([A-Z_]+)=/g)].map(([, name = '']) => name));
  expect(names.filter((name) => !known.has(name) && name !== 'NODE_ENV')).toEqual([]);
});
