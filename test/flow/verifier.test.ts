import { access } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unstable_startWorker as startWorker } from 'wrangler';
import { freePortRun, type System, startSystem } from './system.ts';

const CONFIG = fileURLToPath(new URL('../../examples/fan-out/wrangler.toml', import.meta.url));

let system: System;
let example: Awaited<ReturnType<typeof startWorker>>;
let url: string;

beforeAll(async () => {
  system = await startSystem();
  const isThere = () => access(path.join(system.registryDir, 'vrfy-edge'));
  await vi.waitFor(isThere, { timeout: 120_000 });
  example = await startWorker({
    config: CONFIG,
    envFiles: [],
    dev: {
      server: { hostname: '127.0.0.1', port: await freePortRun(1) },
      inspector: false,
      watch: false,
      logLevel: 'none',
      registry: system.registryDir,
    },
  });
  await example.ready;
  url = (await example.url).origin;
});

afterAll(async () => {
  await example?.dispose();
  await system?.close();
});

async function post(path: string, text: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}`, { method: 'POST', body: text });
  const body = await response.text();
  return { status: response.status, body: body.startsWith('{') ? JSON.parse(body) : body };
}

describe('a Worker beside the edge', () => {
  test('a Worker beside the edge asks for one verdict', async () => {
    expect(await post('/sign-up', 'ada@good.test')).toEqual({
      status: 200,
      body: { welcome: true, reason: 'accepted', did_you_mean: null },
    });
    expect(await post('/sign-up', 'nobody@good.test')).toMatchObject({ body: { welcome: false } });
  });

  test('a Worker beside the edge reads the verdicts of a list as they come', async () => {
    const emails = ['ada@good.test', 'nobody@good.test', 'anyone@catchall.test', 'ada@good.test', 'no address'];
    expect(await post('/invite', emails.join('\n'))).toEqual({
      status: 200,
      body: { deliverable: 2, invalid: 2, risky: 1 },
    });
  });

  test('a Worker beside the edge warms a domain up', async () => {
    expect((await post('/typing', 'good.test')).status).toBe(202);
  });

  test('a Worker beside the edge is told the rule that it has broken, by code and field', async () => {
    expect(await post('/typing', 'no domain')).toEqual({
      status: 400,
      body: 'invalid_request: domain: must be a domain such as example.com.',
    });
  });
});
