import { expect, test } from 'vitest';
import type { NodeChoice } from '../../../edge/probe/ask-nodes.ts';
import { createNodePorts } from '../../../edge/wiring/node-ports.ts';
import type { Evidence } from '../../../shared/job.ts';
import { evidenceFor, jobOf, jobsIn, NOW_MS, ndjson, recipientsIn, useNodes } from '../nodes/small-nodes.ts';

const nodes = useNodes();
const CHOICE: NodeChoice = { provider: 'mx', prefer: null, otherThan: null, hedgeByMs: null };
const never = new AbortController().signal;

test('a node that is full for bulk jobs is still asked first for a form, at once', async () => {
  const full = await nodes.node('full', (arrived, response) => {
    const isBulk = jobsIn(arrived).every(({ priority }) => priority === 'bulk');
    if (isBulk) return response.writeHead(503, { 'retry-after': '60' }).end();
    return ndjson(response, ...recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: 'full' })));
  });
  const other = await nodes.goodNode('other');
  const ways: string[] = [];
  const ports = createNodePorts({
    fetch,
    order: async () => [full, other],
    signingKey: nodes.signingKey,
    nowMs: () => NOW_MS,
    after: () => () => {},
    random: () => 0,
    noteWay: (node) => void ways.push(node),
    onNodeFault: () => {},
    giveWay: async () => {},
  });
  const answered: Evidence[] = [];
  const bulk = jobOf('shop.example', ['a', 'b'], { priority: 'bulk' });
  for (const _ of [1, 2]) {
    await ports.dispatch([{ job: bulk, choice: CHOICE, onEvidence: (evidence) => answered.push(evidence) }], never);
  }
  const form = await ports.probe(jobOf('firm.example', ['ada']), CHOICE, never);
  expect(answered.map(({ node }) => node)).toEqual(['other', 'other', 'other', 'other']);
  // The second bundle knew that the node is full, and how long bulk answers take moves no choice of a node.
  expect([form?.node, full.asked(), ways]).toEqual(['full', 2, ['full']]);
});
