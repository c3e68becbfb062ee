import { describe, expect, test } from 'vitest';
import {
  DOCUMENTED_ADDRESSES,
  PERSONAS,
  SETTLED_ELSEWHERE,
  sandboxTable,
} from '../../../probe-node/sandbox/personas.ts';
import { parseReplyText } from '../../../shared/replies/reply.ts';
import { REASON_NAMES, REASONS } from '../../../shared/verdict.ts';

describe('the documented addresses', () => {
  test('give every reason that there is', () => {
    const documented = new Set(DOCUMENTED_ADDRESSES.map(({ reason }) => reason));
    expect([...documented].sort()).toEqual([...REASON_NAMES].sort());
  });

  test('pair each reason with its verdict, also for the second ask', () => {
    for (const { reason, verdict, later } of DOCUMENTED_ADDRESSES) {
      expect(verdict).toBe(REASONS[reason].verdict);
      if (later !== undefined) expect(later.verdict).toBe(REASONS[later.reason].verdict);
    }
  });

  test('are each documented once', () => {
    const addresses = DOCUMENTED_ADDRESSES.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('are unknown at first where a second ask changes them', () => {
    for (const { later, verdict } of DOCUMENTED_ADDRESSES) if (later !== undefined) expect(verdict).toBe('unknown');
  });
});

describe('the personas', () => {
  test.each(PERSONAS)('$domain lies under .test and documents at least one address of its own', (persona) => {
    expect(persona.domain).toMatch(/^[a-z0-9-]+\.test$/);
    expect(persona.addresses.length).toBeGreaterThan(0);
    for (const { address } of persona.addresses) expect(address.endsWith(`@${persona.domain}`)).toBe(true);
  });

  test('share no domain and no mail host', () => {
    const domains = PERSONAS.map(({ domain }) => domain);
    const hosts = PERSONAS.flatMap((persona) => persona.hosts.map(({ host }) => host));
    expect(new Set(domains).size).toBe(domains.length);
    expect(new Set(hosts).size).toBe(hosts.length);
  });

  test('with an MX record under .test have that mail host', () => {
    for (const { dns, hosts } of PERSONAS) {
      if (dns.kind !== 'mx') continue;
      const exchanges = dns.records.map(({ exchange }) => exchange).filter((exchange) => exchange.endsWith('.test'));
      expect(exchanges).toEqual(hosts.map(({ host }) => host));
    }
  });

  test('answer RCPT with nothing but SMTP replies', () => {
    for (const { hosts } of PERSONAS) {
      for (const { conduct } of hosts) {
        if (conduct === null) continue;
        const replies = [...Object.values(conduct.mailboxes), conduct.others, conduct.mail ?? '250 ok'];
        for (const reply of replies) expect(parseReplyText(reply)?.code).toBeGreaterThanOrEqual(250);
      }
    }
  });
});

describe('the README table', () => {
  const lines = sandboxTable().trimEnd().split('\n');

  test('has one row of four cells for each address', () => {
    expect(lines).toHaveLength(2 + DOCUMENTED_ADDRESSES.length);
    for (const line of lines) expect(line.split(/(?<!\\)\|/)).toHaveLength(6);
  });

  test('says what a second ask gives', () => {
    expect(lines.find((line) => line.includes('ada@greylist.test'))).toContain(
      '| unknown, then deliverable | `greylisted`, then `accepted` |',
    );
  });

  test('says how else the question must be put', () => {
    const special = SETTLED_ELSEWHERE.filter(({ condition }) => condition !== 'none').map(({ reason }) => reason);
    expect(special).toEqual(['not_probed', 'no_node']);
    expect(lines.find((line) => line.includes('not_probed'))).toContain('with `smtp=false`');
    expect(lines.find((line) => line.includes('no_node'))).toContain('with no probe node running');
  });
});
