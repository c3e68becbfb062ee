/** A registry that is away, seen from a location that knows of no node yet. test/flow/drills has the one that knows them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { areCopied } from './nodes-in-copy.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage?.close());

test('a location that has no snapshot of the nodes goes by the copy in KV while the registry is away', async () => {
  await areCopied(stage.edge, 1, () => crypto.randomUUID());
  let refused = 0;
  stage.edge.platform.fateOf = ({ target }) => {
    if (target !== 'REGISTRY') return 'arrives';
    refused += 1;
    return 'lost_before';
  };
  expect(await stage.ask('ada@good.test', {}, 'elsewhere')).toMatchObject({ reason: 'accepted' });
  expect(refused).toBeGreaterThan(0);
});
