/** The edge's log about a node that is gone, in workerd, whose errors are of kinds of their own. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(() => system?.close());

test('a node that was killed is no_connection in the log, by its name', async () => {
  expect(await system.ask('ada@good.test')).toMatchObject({ reason: 'accepted' });
  const [node] = system.nodes;
  process.kill(node?.pid ?? -1, 'SIGKILL');
  const log = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const written = (): readonly string[] => log.mock.calls.map(([text]) => String(text).trim());
  try {
    expect(await system.ask('ada@good.test', { max_age: '0' })).toMatchObject({ reason: 'no_node' });
    const line = JSON.stringify({ event: 'node_fault', node: node?.id, fault: 'no_connection' });
    await expect.poll(written).toContain(line);
  } finally {
    log.mockRestore();
  }
});
