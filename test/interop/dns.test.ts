// The product against real DNS: nsd behind dnsdist, asked as DoH by the edge and as plain DNS by the node.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postfixConduct } from './lab/conduct.ts';
import { LAB_ZONE } from './lab/dns.ts';
import { type Lab, openLab } from './lab/lab.ts';
import { hasIpv6 } from './lab/port.ts';
import { type Postfix, startPostfix } from './lab/postfix.ts';
import { postfixTraffic } from './lab/traffic.ts';

const IP = '127.0.11.1';
/** Nothing listens there: a connection is refused at once. */
const DEAD_IP = '127.0.11.2';
const HOST = `mx.dns.${LAB_ZONE}`;
const IMPLICIT = `implicit.dns.${LAB_ZONE}`;
const FALLBACK = `fallback.dns.${LAB_ZONE}`;
const SIX = `six.dns.${LAB_ZONE}`;
const SIX_HOST = `mx.${SIX}`;
const SIX_IP = '::1';
const isSixThere = await hasIpv6();
const ALIAS = `alias.dns.${LAB_ZONE}`;

describe('DNS', () => {
  let lab: Lab;
  let postfix: Postfix;
  let postfixOverSix: Postfix | undefined;

  beforeAll(async () => {
    lab = await openLab({
      ips: [IP, DEAD_IP, ...(isSixThere ? [SIX_IP] : [])],
      records: [
        `${HOST}. A ${IP}`,
        `nullmx.dns.${LAB_ZONE}. MX 0 .`,
        `${IMPLICIT}. A ${IP}`,
        `bare.dns.${LAB_ZONE}. TXT "neither MX nor address"`,
        `dead.dns.${LAB_ZONE}. A ${DEAD_IP}`,
        `${FALLBACK}. MX 10 dead.dns.${LAB_ZONE}.`,
        `${FALLBACK}. MX 20 ${HOST}.`,
        `lost.dns.${LAB_ZONE}. MX 10 dead.dns.${LAB_ZONE}.`,
        `dangling.dns.${LAB_ZONE}. MX 10 nowhere.dns.${LAB_ZONE}.`,
        `${SIX}. MX 10 ${SIX_HOST}.`,
        `${SIX_HOST}. AAAA ${SIX_IP}`,
        `${ALIAS}. CNAME ${FALLBACK}.`,
      ],
      servfailDomains: [`servfail.dns.${LAB_ZONE}`],
      servers: async (port, keep) => {
        const mailboxes = [`ada@${IMPLICIT}`, `ada@${FALLBACK}`, `ada@${ALIAS}`];
        postfix = await keep(startPostfix({ ip: IP, port, hostname: HOST, mailboxes }));
        if (!isSixThere) return;
        const over6 = { ip: SIX_IP, port, hostname: SIX_HOST, mailboxes: [`ada@${SIX}`] };
        postfixOverSix = await keep(startPostfix(over6));
      },
    });
  });
  afterAll(() => lab?.stop());

  it.each([
    { domain: `absent.dns.${LAB_ZONE}`, says: 'NXDOMAIN', verdict: 'invalid', reason: 'no_domain' },
    { domain: `bare.dns.${LAB_ZONE}`, says: 'neither MX nor address', verdict: 'invalid', reason: 'no_mx' },
    { domain: `dangling.dns.${LAB_ZONE}`, says: 'an MX that does not exist', verdict: 'invalid', reason: 'no_mx' },
    { domain: `nullmx.dns.${LAB_ZONE}`, says: 'a null MX', verdict: 'invalid', reason: 'null_mx' },
    { domain: `servfail.dns.${LAB_ZONE}`, says: 'SERVFAIL', verdict: 'unknown', reason: 'dns_failure' },
    { domain: `lost.dns.${LAB_ZONE}`, says: 'one MX where nothing listens', verdict: 'unknown', reason: 'unreachable' },
  ])('$says makes $reason', async ({ domain, verdict, reason }) => {
    expect(await lab.ask(`ada@${domain}`)).toMatchObject({ verdict, reason });
  });

  it('a domain with an address and no MX is asked at that address', async () => {
    const answer = await lab.ask(`ada@${IMPLICIT}`);
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', mx: { implicit: true } });
  });

  it('a dead first MX is passed over for the living second', async () => {
    const answer = await lab.ask(`ada@${FALLBACK}`);
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', smtp: { host: HOST } });
  });

  it('a domain that is an alias is asked at the MX of its target', async () => {
    expect(await lab.ask(`ada@${ALIAS}`)).toMatchObject({ verdict: 'deliverable', reason: 'accepted' });
  });

  it.skipIf(!isSixThere)('an MX that has only an IPv6 address is asked over it', async () => {
    const answer = await lab.ask(`ada@${SIX}`);
    expect(answer).toMatchObject({ verdict: 'deliverable', reason: 'accepted', smtp: { host: SIX_HOST, ip: SIX_IP } });
    expect(await lab.ask(`missing@${SIX}`)).toMatchObject({ verdict: 'invalid', reason: 'mailbox_not_found' });
    const log = postfixOverSix?.logs() ?? '';
    expect(log).toContain('connect from unknown[::1]');
    expect(postfixTraffic(log)).toMatchObject({ connections: 1, recipients: { length: 3 } });
  });

  it('Postfix saw a client that never says DATA and ends with QUIT', async () => {
    await lab.endSystem();
    const { sessions, offences } = postfixConduct(postfix.logs() + (postfixOverSix?.logs() ?? ''));
    expect(sessions).toBeGreaterThan(0);
    expect(offences).toEqual([]);
  });
});
