/** Many recipients while nodes fail: none is lost, and none gets two answers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asInvocation, connection } from '../../../../edge/async/connections.ts';
import type { DispatchPorts } from '../../../../edge/nodes/dispatch/assignment.ts';
import { dispatch } from '../../../../edge/nodes/dispatch/dispatch.ts';
import { createNodeBreaker } from '../../../../edge/nodes/dispatch/node-breaker.ts';
import type { ProbeNode } from '../../../../edge/nodes/registry/roster.ts';
import type { Evidence, ProbeJob } from '../../../../shared/job.ts';
import { refusedUrl } from '../../loopback.ts';
import { probeNodeOf } from '../probe-node.ts';
import {
  type Answering,
  evidenceFor,
  handTimers,
  jobOf,
  jobsIn,
  linesOf,
  NOW_MS,
  ndjson,
  recipientsIn,
  useNodes,
} from '../small-nodes.ts';

const { node, goodNode, portsWith } = useNodes();

type Told = { readonly of: string; readonly evidence: Evidence };

type Carried = { readonly told: readonly Told[]; readonly faults: readonly string[] };

async function carry(
  assignments: readonly { readonly job: ProbeJob; readonly nodes: readonly ProbeNode[] }[],
  parts: Partial<DispatchPorts> = {},
  signal = new AbortController().signal,
): Promise<Carried> {
  const told: Told[] = [];
  const faults: string[] = [];
  const ports = portsWith({ onNodeFault: (id, fault) => void faults.push(`${id}: ${fault}`), ...parts });
  const all = assignments.map(({ job, nodes }) => ({
    job,
    nodes,
    hedge: null,
    onEvidence: (evidence: Evidence) => void told.push({ of: addressIn(job, evidence), evidence }),
  }));
  await dispatch(all, ports, signal);
  return { told, faults };
}

function addressIn({ recipients }: ProbeJob, { id }: Evidence): string {
  return recipients.find((recipient) => recipient.id === id)?.address ?? 'nobody';
}

/** Recipients with evidence, and the node of each; each text must be that of the recipient. */
function byNode({ told }: Carried): Record<string, readonly string[]> {
  for (const { of, evidence } of told) expect(evidence.reply?.text).toBe(of);
  const nodes = [...new Set(told.map(({ evidence }) => evidence.node))];
  return Object.fromEntries(
    nodes.map((id) => [
      id,
      told.filter(({ evidence }) => evidence.node === id).map(({ of }) => of.split('@')[0] ?? ''),
    ]),
  );
}

/** Answers for the first so many recipients, then breaks the connection. */
function breaksAfter(id: string, count: number): Answering {
  return (arrived, response) => {
    const lines = recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: id }));
    response.writeHead(200).write(linesOf(lines.slice(0, count)), () => response.destroy());
  };
}

describe('jobs for one node', () => {
  test('jobs for one node go to it in one request, and each caller gets its own evidence', async () => {
    const bodies: (readonly ProbeJob[])[] = [];
    const fra = await node('fra1', (arrived, response) => {
      bodies.push(jobsIn(arrived));
      const evidence = recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'fra1' }));
      ndjson(response, ...evidence.toReversed());
    });
    const jobs = [jobOf('a.example', ['x', 'y']), jobOf('b.example', ['x'])];
    const carried = await carry(jobs.map((job) => ({ job, nodes: [fra] })));
    expect(bodies.map((body) => body.map(({ domain }) => domain))).toEqual([['a.example', 'b.example']]);
    expect(carried.told.map(({ of }) => of).toSorted()).toEqual(['x@a.example', 'x@b.example', 'y@a.example']);
    byNode(carried);
  });

  test('jobs with different first nodes go to those nodes', async () => {
    const [fra, ams] = await Promise.all([goodNode('fra1'), goodNode('ams1')]);
    const carried = await carry([
      { job: jobOf('a.example', ['x']), nodes: [fra, ams] },
      { job: jobOf('b.example', ['y']), nodes: [ams, fra] },
    ]);
    expect(byNode(carried)).toEqual({ fra1: ['x'], ams1: ['y'] });
  });

  test('jobs for one node go on to the next node of each when that node fails', async () => {
    const gone = probeNodeOf({ id: 'gone', url: await refusedUrl() });
    const [fra, ams] = await Promise.all([goodNode('fra1'), goodNode('ams1')]);
    const carried = await carry([
      { job: jobOf('a.example', ['x']), nodes: [gone, fra] },
      { job: jobOf('b.example', ['y']), nodes: [gone, ams] },
    ]);
    expect(byNode(carried)).toEqual({ fra1: ['x'], ams1: ['y'] });
    expect(carried.faults).toEqual(['gone: no_connection']);
  });
});

describe('a job whose node breaks off', () => {
  test('a job whose node breaks off goes on with the recipients without evidence only', async () => {
    const asked: string[] = [];
    const job = jobOf('a.example', ['v', 'w', 'x', 'y']);
    const next = await node('ams1', (arrived, response) => {
      asked.push(...recipientsIn(arrived).map(({ address }) => address));
      ndjson(response, ...recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'ams1' })));
    });
    const carried = await carry([{ job, nodes: [await node('fra1', breaksAfter('fra1', 2)), next] }]);
    expect(asked).toEqual(['x@a.example', 'y@a.example']);
    expect(byNode(carried)).toEqual({ fra1: ['v', 'w'], ams1: ['x', 'y'] });
  });

  test('a recipient never gets evidence twice, wherever nodes break off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(6), { maxLength: 4 }), fc.integer({ min: 1, max: 6 }), async (breaks, count) => {
        const bad = await Promise.all(
          breaks.map((after, index) => node(`bad${index}`, breaksAfter(`bad${index}`, after))),
        );
        const locals = Array.from({ length: count }, (_, index) => `person${index}`);
        const carried = await carry([{ job: jobOf('a.example', locals), nodes: [...bad, await goodNode('good')] }]);
        byNode(carried);
        expect(carried.told.map(({ of }) => of.split('@')[0]).toSorted()).toEqual(locals);
      }),
      { numRuns: 25 },
    );
  });

  test('a job whose node breaks off ends without evidence for the rest if no node is left', async () => {
    const job = jobOf('a.example', ['x', 'y']);
    const carried = await carry([{ job, nodes: [await node('fra1', breaksAfter('fra1', 1))] }]);
    expect(byNode(carried)).toEqual({ fra1: ['x'] });
    expect(carried.faults).toHaveLength(1);
  });

  test('a job is carried to eight nodes at most', async () => {
    const bad = await Promise.all(Array.from({ length: 9 }, (_, index) => node(`bad${index}`, breaksAfter('', 0))));
    await carry([{ job: jobOf('a.example', ['x']), nodes: bad }]);
    expect(bad.map(({ asked }) => asked())).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0]);
  });
});

describe('a node that repeats itself', () => {
  test('a node that repeats itself is heard once for each recipient', async () => {
    const fra = await node('fra1', (arrived, response) => {
      const [first] = recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'fra1' }));
      const refusal = { code: 550, enhanced: '5.1.1', text: 'No such user' };
      ndjson(response, first, { ...first, reply: refusal });
    });
    const carried = await carry([{ job: jobOf('a.example', ['x', 'y']), nodes: [fra, await goodNode('ams1')] }]);
    expect(byNode(carried)).toEqual({ fra1: ['x'], ams1: ['y'] });
  });

  test("a node's evidence for another job is not believed", async () => {
    const fra = await node('fra1', (arrived, response) => {
      const ids = recipientsIn(arrived).map(({ id }) => id);
      // Evidence for another request, with ids of its own.
      ndjson(
        response,
        ...ids.map((id) => evidenceFor({ id: (id + 500_000) % 1_000_000, address: 'z@a.example' }, { node: 'fra1' })),
      );
    });
    const carried = await carry([{ job: jobOf('a.example', ['x']), nodes: [fra, await goodNode('ams1')] }], {
      random: Math.random,
    });
    expect(byNode(carried)).toEqual({ ams1: ['x'] });
    expect(carried.faults).toEqual(['fra1: foreign_evidence']);
  });
});

describe('a node whose request waits for one of our own connections', () => {
  /** All six connections of an invocation are taken; then time passes, and `then` gets the one that a node may have. */
  function askWhenAllAreTaken(ms: number, then: (giveBack: () => void) => void, parts: Partial<DispatchPorts> = {}) {
    return asInvocation(async () => {
      const timers = handTimers();
      const sound = await goodNode('fra1');
      for (let number = 0; number < 5; number += 1) await connection('other');
      const forNode = await connection('node');
      const breaker = createNodeBreaker(() => NOW_MS);
      const job = jobOf('a.example', ['x'], { deadline_ms: 60_000 });
      const carrying = carry([{ job, nodes: [sound] }], { ...timers, breaker, ...parts });
      await new Promise((resolve) => setImmediate(resolve));
      timers.pass(ms);
      then(forNode);
      return { carried: await carrying, asked: sound.asked(), isAdmitted: breaker.admits('fra1') };
    });
  }

  test('a node whose request waits for one of our own connections is not silent', async () => {
    const { carried, asked } = await askWhenAllAreTaken(3_000, (giveBack) => giveBack());
    expect(byNode(carried)).toEqual({ fra1: ['x'] });
    expect([carried.faults, asked]).toEqual([[], 1]);
  });

  test('a node whose request waits for one of our own connections is no slower for it', async () => {
    const ways: number[] = [];
    const noteWay = (_: string, ms: number): void => void ways.push(ms);
    await askWhenAllAreTaken(3_000, (giveBack) => giveBack(), { noteWay });
    expect(ways).toEqual([0]);
  });

  test('a node whose request waits for one of our own connections until the deadline is not blamed', async () => {
    const { carried, asked, isAdmitted } = await askWhenAllAreTaken(61_000, () => {});
    expect(carried).toEqual({ told: [], faults: ['fra1: late'] });
    expect([asked, isAdmitted]).toEqual([0, true]);
  });
});

describe('a silent node', () => {
  const never: Answering = () => {};

  /** Runs until the node has been asked, then lets time pass. */
  async function afterSilence(answer: Answering, ms: number, deadline_ms: number): Promise<Carried> {
    const timers = handTimers();
    const asked = Promise.withResolvers<void>();
    const silent = await node('fra1', (arrived, response) => {
      answer(arrived, response);
      asked.resolve();
    });
    const carrying = carry(
      [{ job: jobOf('a.example', ['x'], { deadline_ms }), nodes: [silent, await goodNode('ams1')] }],
      timers,
    );
    await asked.promise;
    timers.pass(ms);
    return carrying;
  }

  test.each([
    [60_000, 3_000],
    [4_000, 1_000],
  ])('a silent node that sends no headers is left, of a deadline of %i ms after %i', async (deadline, ms) => {
    const carried = await afterSilence(never, ms, deadline);
    expect(byNode(carried)).toEqual({ ams1: ['x'] });
    expect(carried.faults).toEqual(['fra1: silent']);
  });

  test('a silent node that has sent headers keeps running while another is asked, and is aborted when that one answers', async () => {
    const left = Promise.withResolvers<void>();
    const timers = handTimers();
    const begun = Promise.withResolvers<void>();
    const silent = await node('fra1', (_, response) => {
      response.on('close', () => left.resolve());
      response.writeHead(200).write('\n');
    });
    const second = await goodNode('ams1');
    const watched: DispatchPorts['after'] = (ms, callBack) => {
      // Armed anew with the first line.
      if (ms === 36_000 && silent.asked() === 1) begun.resolve();
      return timers.after(ms, callBack);
    };
    const job = jobOf('a.example', ['x'], { deadline_ms: 60_000 });
    const carrying = carry([{ job, nodes: [silent, second] }], { ...timers, after: watched });
    await begun.promise;
    timers.pass(36_000);
    expect(byNode(await carrying)).toEqual({ ams1: ['x'] });
    await left.promise;
  });

  test('a silent node that has promised signs of life counts as gone after three missed ones', async () => {
    const timers = handTimers();
    const promised = Promise.withResolvers<void>();
    const after: DispatchPorts['after'] = (ms, callBack) => {
      if (ms === 6_000) promised.resolve();
      return timers.after(ms, callBack);
    };
    const silent = await node('fra1', (_, response) => {
      response.writeHead(200, { 'vrfy-sign-seconds': '2' }).write(' ');
    });
    const second = await goodNode('ams1');
    const job = jobOf('a.example', ['x'], { deadline_ms: 60_000 });
    const carrying = carry([{ job, nodes: [silent, second] }], { ...timers, after });
    await promised.promise;
    timers.pass(5_999);
    expect(second.asked()).toBe(0);
    timers.pass(1);
    expect(byNode(await carrying)).toEqual({ ams1: ['x'] });
  });

  test('a node that gives signs of life between its lines is waited for', async () => {
    const chatty = await node('fra1', (arrived, response) => {
      const [evidence] = recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'fra1' }));
      response.writeHead(200, { 'vrfy-sign-seconds': '2' }).write('   ');
      response.end(` ${JSON.stringify(evidence)}\n `);
    });
    const carried = await carry([{ job: jobOf('a.example', ['x']), nodes: [chatty, await goodNode('ams1')] }]);
    expect([byNode(carried), carried.faults]).toEqual([{ fra1: ['x'] }, []]);
  });

  test('a node is not silent while its lines wait for a form to be answered', async () => {
    const timers = handTimers();
    const held = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const giveWay = (): Promise<void> => {
      held.resolve();
      return goOn.promise;
    };
    const fra = await node('fra1', (arrived, response) => {
      const [evidence] = recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'fra1' }));
      response.writeHead(200, { 'vrfy-sign-seconds': '2' }).end(linesOf([evidence]));
    });
    const second = await goodNode('ams1');
    const job = jobOf('a.example', ['x'], { deadline_ms: 60_000, priority: 'bulk' });
    const carrying = carry([{ job, nodes: [fra, second] }], { ...timers, giveWay });
    await held.promise;
    timers.pass(10_000);
    goOn.resolve();
    const carried = await carrying;
    expect([byNode(carried), carried.faults, second.asked()]).toEqual([{ fra1: ['x'] }, [], 0]);
  });

  test('a silent node is asked last for a while', async () => {
    const breaker = createNodeBreaker(() => NOW_MS);
    const gone = probeNodeOf({ id: 'gone', url: await refusedUrl() });
    const ams = await goodNode('ams1');
    const assignments = [{ job: jobOf('a.example', ['x']), nodes: [gone, ams] }];
    const first = await carry(assignments, { breaker });
    const second = await carry(assignments, { breaker });
    expect([first.faults, second.faults]).toEqual([['gone: no_connection'], []]);
  });
});

describe('a node that has no capacity', () => {
  test('a node that has no capacity is left alone for as long as it says, unless there is no other', async () => {
    const timers = handTimers();
    const breaker = createNodeBreaker(timers.nowMs);
    const busy = await node('fra1', (_, response) => response.writeHead(503, { 'retry-after': '7' }).end('{}'));
    const ams = await goodNode('ams1');
    const assignments = [{ job: jobOf('a.example', ['x']), nodes: [busy, ams] }];
    for (const ms of [0, 6_999, 1]) {
      timers.pass(ms);
      await carry(assignments, { ...timers, breaker });
    }
    expect([busy.asked(), ams.asked()]).toEqual([2, 3]);
    await carry([{ job: jobOf('a.example', ['x']), nodes: [busy] }], { ...timers, breaker });
    expect(busy.asked()).toBe(3);
  });
});

describe('a caller that has gone', () => {
  test('a caller that has gone ends the request, and no other node is asked', async () => {
    const patience = new AbortController();
    const left = Promise.withResolvers<void>();
    const open = await node('fra1', (_, response) => {
      response.on('close', () => left.resolve());
      response.writeHead(200).write('\n', () => patience.abort());
    });
    const second = await goodNode('ams1');
    const carried = await carry([{ job: jobOf('a.example', ['x']), nodes: [open, second] }], {}, patience.signal);
    await left.promise;
    expect([carried.told, carried.faults, second.asked()]).toEqual([[], [], 0]);
  });
});
