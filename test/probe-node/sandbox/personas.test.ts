import { describe, expect, test } from 'vitest';
import { PERSONAS, sandboxTable } from '../../../probe-node/sandbox/personas.ts';
import { DOCUMENTED_ADDRESSES, SETTLED_ELSEWHERE } from '../../../shared/documented-addresses.ts';
import { parseReplyText } from '../../../shared/replies/reply.ts';

describe('the personas', () => {
  test('the personas play every documented address', () => {
    const played = [...PERSONAS.flatMap(({ addresses }) => addresses), ...SETTLED_ELSEWHERE];
    expect(played).toEqual(DOCUMENTED_ADDRESSES);
  });

  test.each(PERSONAS)('$domain lies under .test and documents at least one address of its own', (persona) => {
    expect(persona.domain).toMatch(/^[a-z0-9-]+\.test$/);
    expect(persona.addresses.length).toBeGreaterThan(0);
    for (const { address } of persona.addresses) expect(address.endsWith(`@${persona.domain}`)).toBe(true);
  });

  test('the personas share no domain and no mail host', () => {
    const domains = PERSONAS.map(({ domain }) => domain);
    const hosts = PERSONAS.flatMap((persona) => persona.hosts.map(({ host }) => host));
    expect(new Set(domains).size).toBe(domains.length);
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  test('the personas with an MX record under .test have that mail host', () => {
    for (const { dns, hosts } of PERSONAS) {
      if (dns.kind !== 'mx') continue;
      const exchanges = dns.records.map(({ exchange }) => exchange).filter((exchange) => exchange.endsWith('.test'));
      expect(exchanges).toEqual(hosts.map(({ host }) => host));
    }
  });

  test('the personas answer RCPT with nothing but SMTP replies', () => {
    for (const { hosts } of PERSONAS) {
      for (const { conduct } of hosts) {
        if (conduct === null) continue;
        const replies = [...Object.values(conduct.mailboxes), conduct.others, conduct.mail ?? '250 ok'];
        for (const reply of replies) expect(parseReplyText(reply)?.code).toBeGreaterThanOrEqual(250);
      }
    }
  });
});

describe('the table of the sandbox', () => {
  const lines = sandboxTable().trimEnd().split('\n');

  test('the table of the sandbox has one row of four cells for each address', () => {
    expect(lines).toHaveLength(2 + DOCUMENTED_ADDRESSES.length);
    for (const line of lines) expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
  });

  test('the table of the sandbox says what a second ask gives', () => {
    expect(lines.find((line) => line.includes('ada@greylist.test'))).toContain(
      '| unknown, then deliverable | `greylisted`, then `accepted` |',
    );
  });

  test('the table of the sandbox says how else the question must be put', () => {
    const special = SETTLED_ELSEWHERE.filter(({ condition }) => condition !== 'none').map(({ reason }) => reason);
    expect(special).toEqual(['not_probed', 'no_node']);
    expect(lines.find((line) => line.includes('not_probed'))).toContain('with `smtp=false`');
    expect(lines.find((line) => line.includes('no_node'))).toContain('with no probe node running');
  });
});
