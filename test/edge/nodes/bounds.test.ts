/** A node's answer is bounded: in octets, in lines, and in the numbers that decide how long something is believed. */
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { dispatchOne, dispatchWarm } from '../../../edge/nodes/dispatch/dispatch.ts';
import type { Evidence } from '../../../shared/job.ts';
import { evidenceOf, strangerTold } from './evidence.ts';
import { evidenceFor, jobOf, linesOf, recipientsIn, useNodes } from './small-nodes.ts';

const JOB = jobOf('firm.example', ['ada']);
const { node, goodNode, portsWith } = useNodes();
const forEver = new AbortController().signal;

/** Writes until the reader goes; then the promise is fulfilled. */
function pour(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    const write = (): void => {
      while (!response.destroyed && response.write(text));
      response.once('drain', write);
    };
    response.on('close', resolve);
    response.on('error', () => resolve());
    response.writeHead(200);
    write();
  });
}

describe('a node whose answer never ends', () => {
  test.each([
    ['spaces', ' '.repeat(500)],
    ['empty lines', '\n'.repeat(500)],
    ['lines of blanks', ' \t\r\n'.repeat(100)],
    ['evidence of another request', `${JSON.stringify(evidenceOf({ id: 77_777 }))}\n`],
    ['a line of evidence that never ends', 'x'.repeat(10_000)],
  ])('a node whose answer never ends is left for the next one when it sends %s', async (_, text) => {
    const left = Promise.withResolvers<void>();
    const rogue = await node('fra1', (__, response) => void pour(response, text).then(left.resolve));
    const faults: string[] = [];
    const onNodeFault = (id: string, fault: string): void => void faults.push(`${id} ${fault}`);
    const evidence = await dispatchOne(
      { job: JOB, nodes: [rogue, await goodNode('ams1')], hedge: null },
      portsWith({ onNodeFault }),
      forEver,
    );
    await left.promise;
    expect(evidence?.node).toBe('ams1');
    expect(faults).toEqual([expect.stringMatching(/^fra1 (answer_too_long|line_too_long)$/)]);
  });

  test('a node whose answer goes on after its evidence is cut off', async () => {
    const left = Promise.withResolvers<void>();
    const rogue = await node('fra1', (request, response) => {
      const [recipient] = recipientsIn(request);
      if (recipient === undefined) throw new Error('somebody is asked about');
      const line = linesOf([evidenceFor(recipient, { node: 'fra1' })]);
      void pour(response, line).then(left.resolve);
    });
    const evidence = await dispatchOne({ job: JOB, nodes: [rogue], hedge: null }, portsWith(), forEver);
    await left.promise;
    expect(evidence?.node).toBe('fra1');
  });

  test('a node whose answer never ends is cut off even if it only opens a session', async () => {
    const rogue = await node('fra1', (_, response) => void pour(response, ' '.repeat(500)));
    const faults: string[] = [];
    const onNodeFault = (id: string, fault: string): void => void faults.push(`${id} ${fault}`);
    const job = { ...JOB, recipients: [] };
    await dispatchWarm(job, [rogue], portsWith({ onNodeFault }), forEver);
    expect(faults).toEqual(['fra1 answer_too_long']);
  });
});

test('signs of life for as long as a job may take are no fault, however they are split', async () => {
  const patient = await node('fra1', (request, response) => {
    response.writeHead(200);
    for (let sign = 0; sign < 60; sign += 1) response.write(' ');
    const lines = linesOf(recipientsIn(request).map((one) => evidenceFor(one, { node: 'fra1' })));
    for (const letter of lines) response.write(letter);
    response.end();
  });
  const faults: string[] = [];
  const onNodeFault = (id: string, fault: string): void => void faults.push(`${id} ${fault}`);
  const evidence = await dispatchOne({ job: JOB, nodes: [patient], hedge: null }, portsWith({ onNodeFault }), forEver);
  expect([evidence?.node, faults]).toEqual(['fra1', []]);
});

describe('numbers that no honest node gives are not believed', () => {
  const told = async (parts: Partial<Evidence>): Promise<Evidence | null> =>
    dispatchOne({ job: JOB, nodes: [await goodNode('fra1', parts)], hedge: null }, portsWith(), forEver);
  const WEEK_S = 7 * 86_400;
  const REFUSED = { code: 550, enhanced: '5.1.1', text: 'User unknown' };

  test('a reply to a random mailbox that is older than a node remembers is dropped', async () => {
    expect((await told({ stranger: strangerTold(REFUSED, WEEK_S) }))?.stranger?.age_s).toBe(WEEK_S);
    expect((await told({ stranger: strangerTold(REFUSED, WEEK_S + 1) }))?.stranger).toBeNull();
  });

  test('a retry hint of a node is cut to a day', async () => {
    const resting = { outcome: 'resting', reply: null } as const;
    expect((await told({ ...resting, retry_after_s: 600 }))?.retry_after_s).toBe(600);
    expect((await told({ ...resting, retry_after_s: 2 ** 50 }))?.retry_after_s).toBe(86_400);
  });

  test("a job's time is cut to the longest possible one", async () => {
    expect((await told({ ms: 1e300 }))?.ms).toBe(60_000);
  });

  test.each([
    ['an age below zero', { stranger: { reply: REFUSED, age_s: -1 } }],
    ['a reply longer than any', { reply: { code: 250, enhanced: null, text: 'x'.repeat(5_000) } }],
    ['more hosts than a job has', { attempts: Array(21).fill(evidenceOf()) }],
  ] as const)('evidence with %s is dropped', async (_, parts) => {
    expect(await told(parts as Partial<Evidence>)).toBeNull();
  });
});
