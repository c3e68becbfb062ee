/**
 * The storage of an edge is lost: KV and Durable Objects begin empty. A back-up from before brings keys, marks and nodes
 * back, by the commands that an operator types; the edge is in workerd, the node a process with its own key.
 */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { madeKeySchema } from '../../../shared/api-key.ts';
import { vrfy } from '../../cli/vrfy.ts';
import { type Ground, openGround } from './ground.ts';

let ground: Ground;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-lost-'));
  ground = await openGround([{ id: 'eu1', region: 'eu-central' }]);
});

afterAll(async () => {
  await ground.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

const operator = (...args: readonly string[]) =>
  vrfy(args, { VRFY_EDGE: ground.url, VRFY_ADMIN_TOKEN: ground.keys.ADMIN_TOKEN });

async function makeKey(name: string) {
  const response = await ground.admin('POST', '/v1/keys', { kind: 'secret', name, email: 'ada@good.test' });
  return madeKeySchema().parse(await response.json());
}

test('an edge that has lost its storage serves as before once its back-up is restored, and a revoked key is named', async () => {
  const file = path.join(folder, 'vrfy.ndjson');
  const key = await makeKey('Shop');
  const revoked = await makeKey('Gone');
  await ground.admin('PUT', '/v1/domains/bad.example', { mark: 'disposable' });
  expect(await operator('backup', file)).toMatchObject({
    code: 0,
    stdout: `${file} has 1 node, 0 forgotten spans, 1 mark, 2 keys\n`,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const text = await readFile(file, 'utf8');
  for (const secret of [key.key, key.webhook_secret, 'ada@good.test']) expect(text).not.toContain(secret);
  await ground.admin('DELETE', `/v1/keys/${revoked.id}`);

  // Nothing is lost yet: only what has gone since would come back, once KV shows that.
  await expect
    .poll(async () => (await operator('restore', file, '--dry-run')).stdout)
    .toBe(`key ${revoked.id} (Gone): would be restored\n1 would be restored, 3 kept, 0 refused\n`);

  const [node] = ground.nodes;
  await node?.stop();
  await ground.reopenEdge({ stateDir: path.join(folder, 'empty') });
  expect(await ground.listed()).toEqual({});
  expect((await operator('restore', file)).stdout).toContain('\n4 restored, 0 kept, 0 refused\n');
  await expect.poll(async () => (await operator('restore', file)).stdout).toBe('0 restored, 4 kept, 0 refused\n');

  const { eu1: before } = await ground.listed();
  expect(before?.state).toBe('joining');
  await node?.start();
  const { eu1: after } = await ground.listed();
  // It has not joined anew: a token would have enrolled it at another time.
  expect([after?.state, after?.enrolled_at]).toEqual(['active', before?.enrolled_at]);

  const { keys } = (await (await ground.admin('GET', '/v1/keys')).json()) as { readonly keys: readonly object[] };
  expect(keys).toContainEqual(expect.objectContaining({ id: key.id, name: 'Shop', email: 'ada@good.test' }));
  const ask = async (): Promise<unknown> => {
    const response = await fetch(new URL('/v1/verify?email=ada@bad.example', ground.url), {
      headers: { authorization: `Bearer ${key.key}` },
    });
    return [response.status, await response.json()];
  };
  await expect.poll(ask).toMatchObject([200, { reason: 'disposable' }]);
});
