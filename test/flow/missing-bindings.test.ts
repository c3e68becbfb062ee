/** An edge that lacks a binding which only some routes need: those routes name it, and all others answer as ever. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from './system.ts';

const WORKER = fileURLToPath(new URL('../../edge/worker.ts', import.meta.url));

let folder: string;
let system: System;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-missing-bindings-'));
  const entrypoint = path.join(folder, 'worker.ts');
  await writeFile(
    entrypoint,
    `import worker from ${JSON.stringify(WORKER)};
export { KeyHolderObject, ListObject, ListVerifier, QuotaObject, RegistryObject } from ${JSON.stringify(WORKER)};
let lacking;
export default {
  ...worker,
  fetch(request, { FILES, ...rest }, context) {
    lacking ??= rest;
    return worker.fetch(request, lacking, context);
  },
};
`,
  );
  system = await startSystem(1, true, entrypoint);
});

afterAll(async () => {
  await system?.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(route: string, init: RequestInit = {}): Promise<readonly [number, unknown]> {
  const headers = { authorization: `Bearer ${system.adminToken}`, 'content-type': 'text/csv' };
  const response = await fetch(`${system.url}${route}`, { ...init, headers });
  const body = await response.text();
  return [response.status, body.startsWith('{') ? JSON.parse(body) : body];
}

test('an edge without an R2 bucket verifies, and names the binding where a list is asked for', async () => {
  expect(await system.ask('ada@good.test')).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  for (const route of [
    '/healthz',
    '/',
    '/.well-known/jwks.json',
    '/v1/quota',
    '/v1/nodes',
    '/v1/domains',
    '/v1/keys',
  ]) {
    expect([route, (await ask(route))[0]]).toEqual([route, 200]);
  }
  const named = [
    500,
    { code: 'misconfigured', detail: expect.stringContaining('FILES'), errors: [{ field: 'FILES' }] },
  ];
  expect(await ask('/v1/lists')).toMatchObject(named);
  expect(await ask('/v1/lists/open')).toMatchObject(named);
  expect(await ask('/v1/lists', { method: 'POST', body: 'email\nada@good.test\n' })).toMatchObject(named);
});
