/** Tests of a whole system with the sandbox, for every kind of edge: the table of documented addresses, and clean conduct. */
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../../probe-node/sandbox/server.ts';
import { DOCUMENTED_ADDRESSES } from '../../shared/documented-addresses.ts';
import type { System } from './system.ts';

/**
 * Each documented address has its documented verdict, and the later one if there is one.
 *
 * @param system called when a test begins
 * @param interval milliseconds between two questions about an address
 */
export function testDocumentedAddresses(system: () => Pick<System, 'ask'>, interval: number): void {
  describe('the documented addresses', () => {
    for (const { address, verdict, reason, condition, later } of DOCUMENTED_ADDRESSES) {
      if (condition === 'no_node') continue;
      const then = later === undefined ? '' : `, then ${later.reason}`;
      test.concurrent(`${address} is ${verdict}, ${reason}${then}`, async ({ expect }) => {
        const ask = () => system().ask(address, condition === 'smtp_false' ? { smtp: 'false' } : {});
        const answer = await ask();
        expect({ verdict: answer.verdict, reason: answer.reason }).toEqual({ verdict, reason });
        if (later !== undefined) await expect.poll(async () => (await ask()).reason, { interval }).toBe(later.reason);
      });
    }
  });
}

/** No mail server has seen a pregreet, an unannounced group or a DATA, and at least `hosts` have been asked. */
export function expectCleanConduct(sandbox: Sandbox, hosts: number): void {
  const counters = Object.entries(sandbox.counters());
  expect(counters.filter(([, { connections }]) => connections > 0).length).toBeGreaterThanOrEqual(hosts);
  for (const [host, { pregreets, badPipelining, data }] of counters) {
    expect({ host, pregreets, badPipelining, data }).toEqual({ host, pregreets: 0, badPipelining: 0, data: 0 });
  }
}
