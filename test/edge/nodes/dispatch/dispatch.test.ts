import { describe, expect, test } from 'vitest';
import { dispatchOne } from '../../../../edge/nodes/dispatch/dispatch.ts';
import type { ProbeNode } from '../../../../edge/nodes/registry/roster.ts';
import type { Evidence } from '../../../../shared/job.ts';
import { verifyToken } from '../../../../shared/token.ts';
import { type Arrived, refusedUrl } from '../../loopback.ts';
import { evidenceOf } from '../evidence.ts';
import { probeNodeOf } from '../probe-node.ts';
import { type Answering, jobOf, jobsIn, NOW_MS, ndjson, useNodes } from '../small-nodes.ts';

const JOB = jobOf('firm.example', ['ada']);

const { node, goodNode, portsWith, publicKey } = useNodes();

type Handed = { readonly evidence: Evidence | null; readonly faults: readonly string[] };

async function hand(
  nodes: readonly ProbeNode[],
  signal = new AbortController().signal,
  traceparent?: string,
): Promise<Handed> {
  const faults: string[] = [];
  const onNodeFault = (nodeId: string, fault: string): void => void faults.push(`${nodeId}: ${fault}`);
  const evidence = await dispatchOne({ job: JOB, nodes, hedge: null }, portsWith({ onNodeFault, traceparent }), signal);
  return { evidence, faults };
}

describe('a job', () => {
  test('a job carries the trace of its request, if it has one', async () => {
    const traces: unknown[] = [];
    const fra = await node('fra1', ({ headers }, response) => {
      traces.push(headers['traceparent']);
      ndjson(response, evidenceOf());
    });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await hand([fra], undefined, traceparent);
    await hand([fra]);
    expect(traces).toEqual([traceparent, undefined]);
  });

  test('a job reaches the node unchanged, with a token for this node and this body', async () => {
    const arrivals: Arrived[] = [];
    const fra = await node('fra1', (arrived, response) => {
      arrivals.push(arrived);
      ndjson(response, evidenceOf());
    });
    await hand([fra]);
    const [arrived] = arrivals;
    if (arrived === undefined) throw new Error('nothing arrived');
    expect(arrived).toMatchObject({ method: 'POST', path: '/v1/probe' });
    expect(jobsIn(arrived)).toEqual([JOB]);
    const token = arrived.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const findKey = async (kid: string) => (kid === 'edge-1' ? publicKey() : null);
    const { expiresAtSeconds } = await verifyToken(token, findKey, 'fra1', arrived.body, NOW_MS);
    expect(expiresAtSeconds * 1_000 - NOW_MS).toBeLessThanOrEqual(60_000);
    await expect(verifyToken(token, findKey, 'ams1', arrived.body, NOW_MS)).rejects.toThrow(/for another audience/);
    await expect(verifyToken(token, findKey, 'fra1', new Uint8Array([1]), NOW_MS)).rejects.toThrow(/another body/);
  });

  test('a job reaches each node with a token of its own', async () => {
    const tokens: (string | undefined)[] = [];
    const refusing: Answering = ({ headers }, response) => {
      tokens.push(headers.authorization);
      response.writeHead(503).end();
    };
    await hand([await node('fra1', refusing), await node('ams1', refusing)]);
    expect(new Set(tokens).size).toBe(2);
  });

  test('a job stays with the first node that gives evidence', async () => {
    const [first, second] = await Promise.all([goodNode('fra1'), goodNode('ams1')]);
    const { evidence, faults } = await hand([first, second]);
    expect([evidence?.node, second.asked(), faults]).toEqual(['fra1', 0, []]);
  });
});

describe('a node is passed over for the next when it', () => {
  const LONG = 'x'.repeat(200_000);
  const failing: readonly (readonly [string, Answering])[] = [
    ['has no capacity', (_, response) => response.writeHead(503, { 'retry-after': '1' }).end('{}')],
    ['ends without evidence', (_, response) => ndjson(response)],
    ['sends a line that is no JSON', (_, response) => ndjson(response, '<html>', evidenceOf({ node: 'bad' }))],
    ['sends JSON that is no evidence', (_, response) => ndjson(response, { id: 0, outcome: 'reply' }, [], 'null')],
    [
      'speaks of a mail host that is not the domain’s',
      (_, response) => ndjson(response, evidenceOf({ host: 'mx.other.example' })),
    ],
    ['speaks of a recipient it was not asked about', (_, response) => ndjson(response, evidenceOf({ id: 1 }))],
    [
      'gives a reply that SMTP does not have',
      (_, response) => ndjson(response, evidenceOf({ reply: { code: 999, enhanced: null, text: '' } })),
    ],
    [
      'sends a line without an end',
      (_, response) => {
        response.writeHead(200).write(LONG);
        response.write(LONG);
      },
    ],
    [
      'breaks off before the line is whole',
      (_, response) => {
        const line = JSON.stringify(evidenceOf());
        response.writeHead(200, { 'content-length': line.length + 1 });
        response.write(line.slice(0, 40), () => response.destroy());
      },
    ],
    ['hangs up at once', (_, response) => void response.destroy()],
  ];

  test.each(failing)('a node is passed over for the next when it %s', async (_, answer) => {
    const [bad, good] = await Promise.all([node('bad', answer), goodNode('good')]);
    const { evidence, faults } = await hand([bad, good]);
    expect(evidence?.node).toBe('good');
    expect(bad.asked()).toBe(1);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^bad: [A-Za-z0-9_]+$/);
  });

  test('a node is passed over for the next when it refuses a second token after the first', async () => {
    const tokens: (string | undefined)[] = [];
    const bad = await node('bad', ({ headers }, response) => {
      tokens.push(headers.authorization);
      response.writeHead(401).end('{}');
    });
    const { evidence, faults } = await hand([bad, await goodNode('good')]);
    expect([evidence?.node, new Set(tokens).size, tokens.length, faults]).toEqual(['good', 2, 2, ['bad: http_401']]);
  });

  test('a redirect of a node is not followed with the token: the next node is asked', async () => {
    const elsewhere = await goodNode('elsewhere');
    const location = new URL('/v1/probe', elsewhere.url).href;
    const bad = await node('bad', (_, response) => response.writeHead(307, { location }).end());
    expect((await hand([bad, await goodNode('good')])).evidence?.node).toBe('good');
    expect(elsewhere.asked()).toBe(0);
  });

  test('a node is passed over for the next when it refuses the connection', async () => {
    const gone = probeNodeOf({ id: 'gone', url: await refusedUrl() });
    expect((await hand([gone, await goodNode('good')])).evidence?.node).toBe('good');
  });
});

test('a node that refuses a token once gets another one', async () => {
  const once = await node('fra1', (_, response) => {
    if (once.asked() === 1) response.writeHead(401).end('{}');
    else ndjson(response, evidenceOf());
  });
  const { evidence, faults } = await hand([once, await goodNode('ams1')]);
  expect([evidence?.node, once.asked(), faults]).toEqual(['fra1', 2, []]);
});

test('the round trip to a node is the time of its answer minus its own work', async () => {
  const ways: (readonly [string, number])[] = [];
  let nowMs = NOW_MS;
  const fra = await node('fra1', (_, response) => {
    nowMs += 150;
    ndjson(response, evidenceOf({ ms: 120 }));
  });
  const noteWay = (nodeId: string, ms: number): void => void ways.push([nodeId, ms]);
  const ports = portsWith({ nowMs: () => nowMs, noteWay });
  await dispatchOne({ job: JOB, nodes: [fra], hedge: null }, ports, new AbortController().signal);
  expect(ways).toEqual([['fra1', 30]]);
});

describe('evidence', () => {
  test('evidence is accepted with unknown fields and lines of a newer node', async () => {
    const newer = await node('fra1', (_, response) =>
      ndjson(response, { kind: 'hello' }, evidenceOf({ id: 7 }), '', { ...evidenceOf(), later: true }),
    );
    expect((await hand([newer])).evidence).toEqual(evidenceOf());
  });

  test('evidence is passed on as soon as its line arrives, though the node goes on', async () => {
    const open = await node('fra1', (_, response) => {
      response.writeHead(200).write(`${JSON.stringify(evidenceOf())}\n`);
    });
    expect((await hand([open])).evidence).toEqual(evidenceOf());
  });

  test('evidence is complete although it arrives in single octets, and without a line end', async () => {
    const text = { code: 550, enhanced: null, text: 'Empfänger unbekannt ☃' };
    const slow = await node('fra1', async (_, response) => {
      response.writeHead(200);
      for (const octet of Buffer.from(JSON.stringify(evidenceOf({ reply: text })))) {
        await new Promise((resolve) => response.write(Buffer.of(octet), resolve));
      }
      response.end();
    });
    expect((await hand([slow])).evidence?.reply).toEqual(text);
  });
});

describe('without evidence', () => {
  test('the evidence is null when every node has failed, and each fault is reported', async () => {
    const busy = await node('fra1', (_, response) => response.writeHead(503).end());
    const gone = probeNodeOf({ id: 'ams1', url: await refusedUrl() });
    const { evidence, faults } = await hand([busy, gone]);
    expect(evidence).toBeNull();
    expect(faults).toEqual(['fra1: http_503', 'ams1: no_connection']);
  });

  test('the evidence is null when there are no nodes', async () => {
    expect(await hand([])).toEqual({ evidence: null, faults: [] });
  });

  test('the evidence is null when the caller gives up, and no other node is asked', async () => {
    const patience = new AbortController();
    const silent = await node('fra1', () => patience.abort());
    const second = await goodNode('ams1');
    expect((await hand([silent, second], patience.signal)).evidence).toBeNull();
    expect(second.asked()).toBe(0);
  });
});
