import { describe, expect, test } from 'vitest';
import { createWitnesses, likelyOwnerOf } from '../../../../edge/nodes/choice/witnesses.ts';

function atHand() {
  let nowMs = 1_000_000;
  const witnesses = createWitnesses(() => nowMs);
  return {
    hears: (domain: string, provider = 'google', word = 'fra1') => witnesses.hears(word, provider, domain),
    advance: (ms: number): void => {
      nowMs += ms;
    },
  };
}

describe('an observation about a known provider is believed', () => {
  test("an observation about a known provider is believed at once if the provider's own domain made it", () => {
    expect(atHand().hears('gmail.com')).toBe(true);
  });

  test('an observation about a known provider is believed once domains of three owners made it, and not before', () => {
    const { hears } = atHand();
    const domains = ['a.example', 'a.example', 'x.a.example', 'b.example', 'y.b.example', 'c.example', 'a.example'];
    expect(domains.map((domain) => hears(domain))).toEqual([false, false, false, false, false, true, true]);
  });

  test('an observation is counted per kind and per provider', () => {
    const { hears } = atHand();
    expect([hears('a.example'), hears('b.example', 'yahoo'), hears('c.example', 'google', 'ams1')]).toEqual([
      false,
      false,
      false,
    ]);
    expect([hears('b.example'), hears('c.example')]).toEqual([false, true]);
  });

  test('an observation about a known provider is believed if its witnesses made it within ten minutes', () => {
    const { hears, advance } = atHand();
    hears('a.example');
    hears('b.example');
    advance(600_000);
    expect(hears('c.example')).toBe(false);
  });
});

test('an observation about a host of an unknown provider is believed at once', () => {
  expect(atHand().hears('firm.example', 'mx.firm.example')).toBe(true);
});

test.each([
  ['firm.example', 'firm.example'],
  ['a.b.firm.example', 'firm.example'],
  ['Shop.Firm.CO.UK', 'firm.co.uk'],
  ['firm.com.br', 'firm.com.br'],
  ['part.firm.de', 'firm.de'],
  ['x.duckdns.org', 'duckdns.org'],
  ['example', 'example'],
])('the owner of %s is identified by %s', (domain, owner) => {
  expect(likelyOwnerOf(domain)).toBe(owner);
});
