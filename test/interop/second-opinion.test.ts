// Two nodes against real Postfix that refuses the EHLO name of one of them, or of both: to EHLO itself, or to RCPT.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChoice } from '../../edge/nodes/choice/choose.ts';
import { probeNodeOf, wantedOf } from '../edge/nodes/probe-node.ts';
import { postfixConduct } from './lab/conduct.ts';
import { heloNameOf, type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Postfix, type PostfixSettings, startPostfix } from './lab/postfix.ts';
import { postfixTraffic } from './lab/traffic.ts';

/** The two nodes of `npm start -- --nodes 2`. */
const REFUSED = 'fra1';
const WELCOME = 'iad1';

const EHLO = { ip: '127.0.13.1', domain: domainOf(REFUSED, 'ehlo') };
const RCPT = { ip: '127.0.13.2', domain: domainOf(REFUSED, 'rcpt') };
const BOTH = { ip: '127.0.13.3', domain: domainOf(REFUSED, 'both') };

describe('two nodes and a Postfix that refuses EHLO names', () => {
  let lab: Lab;
  const servers = new Map<string, Postfix>();

  beforeAll(async () => {
    lab = await openLab({
      ips: [EHLO.ip, RCPT.ip, BOTH.ip],
      nodeCount: 2,
      records: [EHLO, RCPT, BOTH].flatMap(({ ip, domain }) => mailDomains(`mx.${domain}`, ip, [domain])),
      servers: async (port, keep) => {
        const start = async (
          { ip, domain }: typeof EHLO,
          nodes: readonly string[],
          at: NonNullable<PostfixSettings['refusedHelos']>['at'],
        ) => {
          const mailboxes = [`ada@${domain}`, `grace@${domain}`];
          const refusedHelos = { names: nodes.map(heloNameOf), at };
          const starting = startPostfix({ ip, port, hostname: `mx.${domain}`, mailboxes, refusedHelos });
          servers.set(domain, await keep(starting));
        };
        await start(EHLO, [REFUSED], 'ehlo');
        await start(RCPT, [REFUSED], 'rcpt');
        await start(BOTH, [REFUSED, WELCOME], 'rcpt');
      },
    });
  });
  afterAll(() => lab?.stop());

  const logOf = ({ domain }: typeof EHLO) => servers.get(domain)?.logs() ?? '';

  it.each([
    { ...EHLO, stage: 'ehlo' },
    { ...RCPT, stage: 'rcpt' },
  ])(
    'a node refused at $stage is made up for by the other one, and the answer has the evidence of both',
    async (at) => {
      const answer = await lab.ask(`ada@${at.domain}`);
      expect(answer).toMatchObject({
        verdict: 'deliverable',
        reason: 'accepted',
        flags: { catch_all: false },
        smtp: { node: WELCOME, stage: 'rcpt', code: 250 },
        second_opinion: { reason: 'blocked', smtp: { node: REFUSED, stage: at.stage, code: 554 } },
      });
      expect(answer.second_opinion?.smtp.text).toContain('Helo command rejected: Access denied');
      expect(refusalsOf(REFUSED, logOf(at))).toBeGreaterThan(0);
      expect(refusalsOf(WELCOME, logOf(at))).toBe(0);
    },
  );

  it.each([EHLO, RCPT])('a node that $domain has refused is not the first to be sent there again', async (at) => {
    const { connections } = postfixTraffic(logOf(at));
    const refusals = refusalsOf(REFUSED, logOf(at));
    const answer = await lab.ask(`grace@${at.domain}`);
    expect(answer).toMatchObject({ reason: 'accepted', smtp: { node: WELCOME }, second_opinion: null });
    expect(postfixTraffic(logOf(at)).connections).toBe(connections);
    expect(refusalsOf(REFUSED, logOf(at))).toBe(refusals);
  });

  it('a mailbox that both nodes are refused for is unknown, and never invalid, with the evidence of both', async () => {
    const answer = await lab.ask(`ada@${BOTH.domain}`);
    expect(answer).toMatchObject({
      verdict: 'unknown',
      reason: 'blocked',
      smtp: { stage: 'rcpt', code: 554 },
      second_opinion: { reason: 'blocked', smtp: { stage: 'rcpt', code: 554 } },
    });
    expect([answer.smtp?.node, answer.second_opinion?.smtp.node].toSorted()).toEqual([REFUSED, WELCOME]);
    for (const node of [REFUSED, WELCOME]) expect(refusalsOf(node, logOf(BOTH))).toBeGreaterThan(0);
    expect(postfixTraffic(logOf(BOTH)).recipients).toEqual([]);
  });

  it('Postfix saw one visit of each node to each server, no DATA, and QUIT at the end', async () => {
    await lab.endSystem();
    for (const at of [EHLO, RCPT, BOTH]) expect(postfixTraffic(logOf(at)).connections).toBe(2);
    for (const at of [RCPT, BOTH]) expect(postfixConduct(logOf(at))).toEqual({ sessions: 2, offences: [] });
  });

  it('a node refused at EHLO ends with QUIT all the same', () => {
    expect(postfixConduct(logOf(EHLO))).toEqual({ sessions: 2, offences: [] });
  });
});

/** A lab domain about which this node is asked first; the order is a hash of the name. */
function domainOf(nodeId: string, label: string): string {
  const nodes = [REFUSED, WELCOME].map((id) => probeNodeOf({ id, region: id }));
  const choose = createChoice();
  for (let number = 1; ; number += 1) {
    const domain = `${label}${number}.helo.interop.example`;
    const [first] = choose({ nodes, takenAtMs: 0 }, wantedOf({ domain, provider: `mx.${domain}` }));
    if (first?.id === nodeId) return domain;
  }
}

/** How often Postfix refused the node for its EHLO name. */
function refusalsOf(nodeId: string, log: string): number {
  const name = heloNameOf(nodeId);
  return log.split('\n').filter((line) => line.includes(`<${name}>: Helo command rejected: Access denied`)).length;
}
