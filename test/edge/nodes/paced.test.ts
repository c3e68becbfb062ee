/** A node whose own queue for a provider is too long says so, and the work goes on at other nodes. */
import { describe, expect, test } from 'vitest';
import type { Hedge } from '../../../edge/nodes/dispatch/assignment.ts';
import { dispatch, dispatchOne } from '../../../edge/nodes/dispatch/dispatch.ts';
import type { Evidence } from '../../../shared/job.ts';
import { evidenceFor, handTimers, jobOf, linesOf, NOW_MS, ndjson, recipientsIn, useNodes } from './small-nodes.ts';

const JOB = jobOf('firm.example', ['ada'], { deadline_ms: 27_750 });
const { node, goodNode, portsWith } = useNodes();

function pacedIn(seconds: number): Partial<Evidence> {
  return { outcome: 'paced', stage: 'connect', reply: null, stranger: null, ip: null, retry_after_s: seconds };
}

const forEver = new AbortController().signal;

describe('a question for which the first node has no time', () => {
  test('a question for which the first node has no time is asked of the next node, and that is no fault of the first', async () => {
    const faults: string[] = [];
    const onNodeFault = (id: string, fault: string): void => void faults.push(`${id} ${fault}`);
    const nodes = [await goodNode('fra1', pacedIn(90)), await goodNode('ams1')];
    const evidence = await dispatchOne({ job: JOB, nodes, hedge: null }, portsWith({ onNodeFault }), forEver);
    expect([evidence?.node, evidence?.outcome, faults]).toEqual(['ams1', 'reply', []]);
  });

  test('a question is paced if no node has time, with the soonest hint, and each node is asked once', async () => {
    const nodes = [
      await goodNode('fra1', pacedIn(90)),
      await goodNode('ams1', pacedIn(40)),
      await goodNode('us1', pacedIn(70)),
    ];
    const evidence = await dispatchOne({ job: JOB, nodes, hedge: null }, portsWith(), forEver);
    expect([evidence?.node, evidence?.outcome, evidence?.retry_after_s]).toEqual(['ams1', 'paced', 40]);
    expect(nodes.map(({ asked }) => asked())).toEqual([1, 1, 1]);
  });

  test('a question for which the first node has no time ends as paced, not as nothing, if the other node fails', async () => {
    const failing = await node('ams1', (_, response) => response.writeHead(500).end());
    const evidence = await dispatchOne(
      { job: JOB, nodes: [await goodNode('fra1', pacedIn(90)), failing], hedge: null },
      portsWith(),
      forEver,
    );
    expect([evidence?.node, evidence?.outcome, failing.asked()]).toEqual(['fra1', 'paced', 1]);
  });

  test('a question for which the first node has no time stays with it if it is bound to it, as a recheck of a greylisted address is', async () => {
    const [first, second] = [await goodNode('fra1', pacedIn(90)), await goodNode('ams1')];
    const evidence = await dispatchOne(
      { job: JOB, nodes: [first, second], hedge: null, isBound: true },
      portsWith(),
      forEver,
    );
    expect([evidence?.node, evidence?.outcome, second.asked()]).toEqual(['fra1', 'paced', 0]);
  });

  test('a question for which a node has no time does not improve the latency of that node', async () => {
    const noted: string[] = [];
    const times = { note: (id: string) => void noted.push(id), lateAfterMs: () => 1_000 };
    const nodes = [await goodNode('fra1', pacedIn(90)), await goodNode('ams1')];
    await dispatchOne({ job: JOB, nodes, hedge: null }, portsWith({ times }), forEver);
    expect(noted).toEqual(['ams1']);
  });

  test('a question for which the first node has no time waits for a hedge in flight, and for no third node', async () => {
    const timers = handTimers();
    const arrived = Promise.withResolvers<void>();
    let answer = (): void => {};
    const late = await node('fra1', (request, response) => {
      answer = () => response.end(linesOf(recipientsIn(request).map((one) => evidenceFor(one, { node: 'fra1' }))));
      response.writeHead(200).write('\n', () => arrived.resolve());
    });
    const told = Promise.withResolvers<void>();
    const busy = await node('ams1', (request, response) => {
      response.on('close', () => told.resolve());
      ndjson(response, ...recipientsIn(request).map((one) => evidenceFor(one, { node: 'ams1', ...pacedIn(90) })));
    });
    const third = await goodNode('us1');
    const hedge: Hedge = { byMs: NOW_MS + 10_000, spend: () => true };
    const times = { note: () => {}, lateAfterMs: () => 1_000 };
    const ports = portsWith({ ...timers, times });
    const evidence = dispatchOne({ job: JOB, nodes: [late, busy, third], hedge }, ports, forEver);
    await arrived.promise;
    timers.pass(1_000);
    await told.promise;
    answer();
    expect([(await evidence)?.node, third.asked()]).toEqual(['fra1', 0]);
  });
});

describe('a list', () => {
  test('recipients of a list for whom the first node has no time go on together while the others stay', async () => {
    const names = ['ada', 'bob', 'cyd', 'dan'];
    const first = await node('fra1', (request, response) => {
      const lines = recipientsIn(request).map((one, place) =>
        evidenceFor(one, { node: 'fra1', ...(place < 2 ? {} : pacedIn(60)) }),
      );
      ndjson(response, ...lines);
    });
    const second = await goodNode('ams1');
    const byId = new Map<number, string>();
    await dispatch(
      [
        {
          job: jobOf('firm.example', names),
          nodes: [first, second],
          hedge: null,
          onEvidence: ({ id, node: by, outcome }) => void byId.set(id, `${by} ${outcome}`),
        },
      ],
      portsWith(),
      forEver,
    );
    expect([...byId].sort(([a], [b]) => a - b).map(([, told]) => told)).toEqual([
      'fra1 reply',
      'fra1 reply',
      'ams1 reply',
      'ams1 reply',
    ]);
    expect([first.asked(), second.asked()]).toEqual([1, 1]);
  });

  test('recipients of a list for whom a node has no time go on before it has answered for the others', async () => {
    const timers = handTimers();
    let finish = (): void => {};
    const first = await node('fra1', (request, response) => {
      const [one, two] = recipientsIn(request);
      if (one === undefined || two === undefined) throw new Error('two are asked about');
      finish = () => response.end(linesOf([evidenceFor(one, { node: 'fra1' })]));
      response.writeHead(200).write(linesOf([evidenceFor(two, { node: 'fra1', ...pacedIn(60) })]));
    });
    const second = await goodNode('ams1');
    const told: string[] = [];
    const early = Promise.withResolvers<void>();
    // Time passes only for the recipients that go on.
    const after: typeof timers.after = (ms, callBack) => {
      if (ms < 100) setImmediate(callBack);
      return () => {};
    };
    const work = dispatch(
      [
        {
          job: jobOf('firm.example', ['ada', 'bob']),
          nodes: [first, second],
          hedge: null,
          onEvidence: ({ id, node: by }) => {
            told.push(`${id} by ${by}`);
            early.resolve();
          },
        },
      ],
      portsWith({ after }),
      forEver,
    );
    await early.promise;
    finish();
    await work;
    expect(told).toEqual(['1 by ams1', '0 by fra1']);
  });
});
