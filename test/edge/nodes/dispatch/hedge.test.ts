/** A question whose node is late is asked of a second one: rarely, and the first evidence counts. */
import { describe, expect, test } from 'vitest';
import { createAnswerTimes } from '../../../../edge/nodes/dispatch/answer-times.ts';
import type { Hedge } from '../../../../edge/nodes/dispatch/assignment.ts';
import { dispatchOne } from '../../../../edge/nodes/dispatch/dispatch.ts';
import type { Evidence } from '../../../../shared/job.ts';
import {
  evidenceFor,
  type HandTimers,
  handTimers,
  jobOf,
  linesOf,
  NOW_MS,
  recipientsIn,
  type TestNode,
  useNodes,
} from '../small-nodes.ts';

const JOB = jobOf('firm.example', ['ada'], { deadline_ms: 27_750 });

const { node, goodNode, portsWith } = useNodes();

function hedgeWith(parts: Partial<Hedge> = {}): Hedge {
  return { byMs: NOW_MS + 10_000, spend: () => true, ...parts };
}

/** A hedge that may always be had, and how often it was. */
function countingHedge(): { readonly hedge: Hedge; readonly spent: () => number } {
  let spent = 0;
  const spend = (): boolean => {
    spent += 1;
    return true;
  };
  return { hedge: hedgeWith({ spend }), spent: () => spent };
}

/** A node that answers when it is told to. */
async function lateNode(
  id: string,
): Promise<TestNode & { answer: () => void; arrived: Promise<void>; left: Promise<void> }> {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let answer = (): void => {};
  const late = await node(id, (request, response) => {
    response.on('close', () => left.resolve());
    answer = () =>
      response.end(linesOf(recipientsIn(request).map((recipient) => evidenceFor(recipient, { node: id }))));
    response.writeHead(200).write('\n', () => arrived.resolve());
  });
  return { ...late, answer: () => answer(), arrived: arrived.promise, left: left.promise };
}

type Asked = { readonly evidence: Promise<Evidence | null>; readonly timers: HandTimers };

function ask(nodes: readonly TestNode[], hedge: Hedge | null, times = createAnswerTimes(() => NOW_MS)): Asked {
  const timers = handTimers();
  const ports = portsWith({ ...timers, times });
  return { evidence: dispatchOne({ job: JOB, nodes, hedge }, ports, new AbortController().signal), timers };
}

/** A node that answers in half a second, 64 times over. */
function usuallyFast(...ids: readonly string[]): ReturnType<typeof createAnswerTimes> {
  const times = createAnswerTimes(() => NOW_MS);
  for (const id of ids) for (let count = 0; count < 64; count += 1) times.note(id, 500);
  return times;
}

describe('a question whose first node is late', () => {
  test("a question whose first node is late is hedged; the second's evidence counts, and the first is aborted", async () => {
    const [late, second] = [await lateNode('fra1'), await goodNode('ams1')];
    const { evidence, timers } = ask([late, second], hedgeWith(), usuallyFast('fra1'));
    await late.arrived;
    timers.pass(499);
    expect(second.asked()).toBe(0);
    timers.pass(1);
    expect((await evidence)?.node).toBe('ams1');
    await late.left;
  });

  test('a hedged question is answered by the first node if that is faster in the end', async () => {
    const [late, second] = [await lateNode('fra1'), await lateNode('ams1')];
    const { evidence, timers } = ask([late, second], hedgeWith(), usuallyFast('fra1'));
    await late.arrived;
    timers.pass(500);
    await second.arrived;
    late.answer();
    expect((await evidence)?.node).toBe('fra1');
    await second.left;
  });

  test('a hedged question is not sent to a third node', async () => {
    const [late, second, third] = [await lateNode('fra1'), await lateNode('ams1'), await goodNode('sin1')];
    const { evidence, timers } = ask([late, second, third], hedgeWith(), usuallyFast('fra1', 'ams1'));
    await late.arrived;
    timers.pass(500);
    await second.arrived;
    timers.pass(2_400);
    second.answer();
    expect([(await evidence)?.node, third.asked()]).toEqual(['ams1', 0]);
  });

  test.each<[string, Hedge | null]>([
    ['nothing is saved for it', hedgeWith({ spend: () => false })],
    ['the asker has no time for a second answer', hedgeWith({ byMs: NOW_MS + 999 })],
    ['a second client would do harm', null],
  ])('a question whose first node is late is not hedged if %s', async (_, hedge) => {
    const [late, second] = [await lateNode('fra1'), await goodNode('ams1')];
    const { evidence, timers } = ask([late, second], hedge, usuallyFast('fra1'));
    await late.arrived;
    timers.pass(2_999);
    late.answer();
    expect([(await evidence)?.node, second.asked()]).toEqual(['fra1', 0]);
  });

  test('a question spends no hedge if there is no second node', async () => {
    const { hedge, spent } = countingHedge();
    const late = await lateNode('fra1');
    const { evidence, timers } = ask([late], hedge, usuallyFast('fra1'));
    await late.arrived;
    timers.pass(2_999);
    late.answer();
    expect([(await evidence)?.node, spent()]).toEqual(['fra1', 0]);
  });

  test('a question spends no hedge if it is answered in time', async () => {
    const { hedge, spent } = countingHedge();
    const { evidence, timers } = ask([await goodNode('fra1'), await goodNode('ams1')], hedge, usuallyFast('fra1'));
    expect((await evidence)?.node).toBe('fra1');
    timers.pass(20_000);
    expect(spent()).toBe(0);
  });
});
