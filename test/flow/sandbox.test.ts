/**
 * Edge in workerd, node as a process, sandbox on loopback, HTTP between them: every documented address of the sandbox
 * gives its documented verdict, and the node's conduct on the way is clean.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectCleanConduct, testDocumentedAddresses } from './documented-addresses.ts';
import { type System, startSystem } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await startSystem();
});

afterAll(async () => {
  await system.close();
});

testDocumentedAddresses(() => system, 250);

describe('after all of them', () => {
  test('no mail server has seen a pregreet, an unannounced group or a DATA', () => {
    expectCleanConduct(system.sandbox, 20);
  });

  test('a verdict is remembered, and max_age=0 asks anew', async () => {
    expect((await system.ask('ada@good.test')).cached).toBe(true);
    const before = system.sandbox.counters()['mx.good.test']?.connections;
    expect((await system.ask('ada@good.test')).smtp?.code).toBe(250);
    expect(system.sandbox.counters()['mx.good.test']?.connections).toBe(before);
    expect((await system.ask('ada@good.test', { max_age: '0' })).cached).toBe(false);
    expect(system.sandbox.counters()['mx.good.test']?.connections).toBe((before ?? 0) + 1);
  });

  test('a local verdict opens no connection', async () => {
    const total = (): number =>
      Object.values(system.sandbox.counters()).reduce((sum, { connections }) => sum + connections, 0);
    const before = total();
    for (const email of ['not-an-address', 'anyone@mailinator.com', 'ada@nullmx.test', 'anyone@acceptsall.test']) {
      expect((await system.ask(email)).smtp).toBeNull();
    }
    expect(total()).toBe(before);
  });

  test('a new name is unknown, no_node, if no probe node is running', async () => {
    await system.stopNodes();
    const answer = await system.ask('alan@good.test', { max_age: '0' });
    expect({ verdict: answer.verdict, reason: answer.reason }).toEqual({ verdict: 'unknown', reason: 'no_node' });
  });
});
