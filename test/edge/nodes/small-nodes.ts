/**
 * Nodes as small HTTP servers on loopback, and the other ports of `dispatch`, for tests of how jobs travel. The clock
 * and the timers are moved by hand.
 */
import type { ServerResponse } from 'node:http';
import { generateKeyPair } from 'jose';
import { afterEach, beforeAll } from 'vitest';
import { createAnswerTimes } from '../../../edge/nodes/dispatch/answer-times.ts';
import type { DispatchPorts } from '../../../edge/nodes/dispatch/assignment.ts';
import { createNodeBreaker } from '../../../edge/nodes/dispatch/node-breaker.ts';
import type { ProbeNode } from '../../../edge/nodes/registry/roster.ts';
import {
  type Evidence,
  type ProbeJob,
  probeBundleSchema,
  probeJobSchema,
  type Recipient,
} from '../../../shared/job.ts';
import type { SigningKey } from '../../../shared/token.ts';
import { type Arrived, type Loopback, startLoopback } from '../loopback.ts';
import { evidenceOf } from './evidence.ts';
import { probeNodeOf } from './probe-node.ts';

export const NOW_MS = Date.UTC(2026, 0, 1);

export type Answering = (arrived: Arrived, response: ServerResponse) => unknown;

export type TestNode = ProbeNode & { readonly asked: () => number };

export type Nodes = {
  readonly signingKey: () => SigningKey;
  readonly publicKey: () => CryptoKey;
  readonly node: (id: string, answer: Answering) => Promise<TestNode>;
  /** A node that answers for everybody it is asked about, marked with its name. */
  readonly goodNode: (id: string, parts?: Partial<Evidence>) => Promise<TestNode>;
  /** Ids start at 0, the clock stands still and no time passes, unless a test says otherwise. */
  readonly portsWith: (parts?: Partial<DispatchPorts>) => DispatchPorts;
};

/** Call it at the top of a test file: the servers end with each test. */
export function useNodes(): Nodes {
  const opened: Loopback[] = [];
  let keys: { signingKey: SigningKey; publicKey: CryptoKey };
  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA');
    keys = { signingKey: { kid: 'edge-1', key: privateKey }, publicKey };
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((server) => server.close()));
  });
  const node = async (id: string, answer: Answering): Promise<TestNode> => {
    const server = await startLoopback(answer);
    opened.push(server);
    return { ...probeNodeOf({ id, url: server.url }), asked: server.asked };
  };
  const nowMs = (): number => NOW_MS;
  return {
    signingKey: () => keys.signingKey,
    publicKey: () => keys.publicKey,
    node,
    goodNode: (id, parts = {}) =>
      node(id, (arrived, response) =>
        ndjson(response, ...recipientsIn(arrived).map((recipient) => evidenceFor(recipient, { node: id, ...parts }))),
      ),
    portsWith: (parts = {}) => ({
      fetch,
      signingKey: keys.signingKey,
      nowMs,
      random: () => 0,
      after: () => () => {},
      times: createAnswerTimes(nowMs),
      noteWay: () => {},
      breaker: createNodeBreaker(nowMs),
      onNodeFault: () => {},
      ...parts,
    }),
  };
}

export function ndjson(response: ServerResponse, ...lines: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.end(linesOf(lines));
}

export function linesOf(lines: readonly unknown[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

/** The jobs of a request, checked as a node checks them. */
export function jobsIn({ body }: Arrived): readonly ProbeJob[] {
  const json = JSON.parse(new TextDecoder().decode(body));
  return 'jobs' in json ? probeBundleSchema().parse(json).jobs : [probeJobSchema().parse(json)];
}

export function recipientsIn(arrived: Arrived): readonly Recipient[] {
  return jobsIn(arrived).flatMap(({ recipients }) => recipients);
}

/** Evidence of the mail host of the recipient's domain; the reply's text names the recipient. */
export function evidenceFor({ id, address }: Recipient, parts: Partial<Evidence> = {}): Evidence {
  const host = `mx.${address.split('@')[1]}`;
  return evidenceOf({ id, host, reply: { code: 250, enhanced: '2.1.5', text: address }, ...parts });
}

/** A job of one domain whose mail host is `mx.` the domain. */
export function jobOf(domain: string, locals: readonly string[], parts: Partial<ProbeJob> = {}): ProbeJob {
  return {
    version: 1,
    domain,
    provider: null,
    mail_hosts: [{ host: `mx.${domain}`, preference: 10 }],
    recipients: locals.map((local, id) => ({ id, address: `${local}@${domain}` })),
    catch_all: 'ask',
    deadline_ms: 5_000,
    ...parts,
  };
}

export type HandTimers = Pick<DispatchPorts, 'after' | 'nowMs'> & {
  /** Moves the clock; whatever is due by then is called back, in its order. */
  readonly pass: (ms: number) => void;
};

export function handTimers(): HandTimers {
  let nowMs = NOW_MS;
  const timers = new Set<{ readonly atMs: number; readonly callBack: () => void }>();
  return {
    nowMs: () => nowMs,
    after: (ms, callBack) => {
      const timer = { atMs: nowMs + ms, callBack };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pass: (ms) => {
      const untilMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        nowMs = Math.max(nowMs, next.atMs);
        timers.delete(next);
        next.callBack();
      }
      nowMs = untilMs;
    },
  };
}
