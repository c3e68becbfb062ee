// The product's own recheck against real Postfix with real postgrey that says how long to wait.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postfixConduct } from './lab/conduct.ts';
import { heloNameOf, type Lab, mailDomains, openLab } from './lab/lab.ts';
import { type Postfix, startPostfix } from './lab/postfix.ts';
import { type Postgrey, startPostgrey } from './lab/postgrey.ts';
import { postfixTraffic } from './lab/traffic.ts';
import { until } from './lab/until.ts';

const IP = '127.0.14.1';
const DOMAIN = 'grey.recheck.interop.example';
const ADA = `ada@${DOMAIN}`;
const DELAY_SECONDS = 4;

describe('two nodes and a Postfix with postgrey', () => {
  let lab: Lab;
  let postfix: Postfix;
  let postgrey: Postgrey;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP],
      nodeCount: 2,
      records: mailDomains(`mx.${DOMAIN}`, IP, [DOMAIN]),
      servers: async (port, keep) => {
        const text = 'Greylisted, please try again in %s seconds';
        postgrey = await keep(startPostgrey({ delaySeconds: DELAY_SECONDS, text }));
        const greylist = { domains: [DOMAIN], policy: postgrey.policy };
        postfix = await keep(startPostfix({ ip: IP, port, hostname: `mx.${DOMAIN}`, mailboxes: [ADA], greylist }));
      },
    });
  });
  afterAll(() => lab?.stop());

  it('a greylisted mailbox is asked again by the product itself, when the server said, from the same node', async () => {
    const first = await lab.ask(ADA);
    expect(first).toMatchObject({ verdict: 'unknown', reason: 'greylisted', retry_after: DELAY_SECONDS });
    expect(first.smtp?.text).toContain(`please try again in ${DELAY_SECONDS} seconds`);
    expect(first.second_opinion).toBeNull();
    expect(await lab.ask(ADA, { smtp: false, maxAgeSeconds: null })).toMatchObject({ reason: 'not_probed' });

    const askMemory = async () => {
      const answer = await lab.ask(ADA, { smtp: false, maxAgeSeconds: null });
      return answer.cached ? answer : undefined;
    };
    const node = first.smtp?.node;
    const later = await until('a verdict that is remembered', askMemory, { timeoutMs: 30_000, everyMs: 200 });
    expect(later).toMatchObject({ verdict: 'deliverable', reason: 'accepted', flags: { catch_all: false } });
    expect(later.smtp).toMatchObject({ node, code: 250 });

    expect(visits(postfix.logs())).toEqual([heloNameOf(node ?? ''), heloNameOf(node ?? '')]);
    expect(outcomes(postgrey.logs())).toEqual(['greylist', 'pass']);
  });

  it('the call that was put off has its answer the next time, and the server is not asked again', async () => {
    const answer = await lab.ask(ADA, { maxAgeSeconds: null });
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', cached: true });
    expect(visits(postfix.logs())).toHaveLength(2);
  });

  it('Postfix saw two visits, each with one random mailbox at most, and each ended with QUIT', async () => {
    await lab.endSystem();
    const { connections, recipients } = postfixTraffic(postfix.logs());
    expect(connections).toBe(2);
    expect(recipients.filter((recipient) => recipient !== ADA).length).toBeLessThanOrEqual(2);
    expect(postfixConduct(postfix.logs())).toEqual({ sessions: 2, offences: [] });
  });
});

/** The EHLO name of each RCPT for Ada. */
function visits(log: string): string[] {
  const asked = log.matchAll(/info: RCPT from .* to=<([^>]*)> proto=ESMTP helo=<([^>]*)>/g);
  return [...asked].flatMap(([, to, helo = '']) => (to === ADA ? [helo] : []));
}

/** The action of postgrey at each question about Ada. */
function outcomes(log: string): string[] {
  const asked = log.matchAll(/action=(\w+), .*recipient=(\S+)/g);
  return [...asked].flatMap(([, action = '', recipient]) => (recipient === ADA ? [action] : []));
}
