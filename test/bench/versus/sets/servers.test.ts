import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { domainOf, scoreBehaviour } from '../../../../bench/versus/sets/server.ts';
import { SERVERS } from '../../../../bench/versus/sets/servers.ts';

test('there are at least 40 servers, each with an id and a domain of its own', () => {
  expect(SERVERS.length).toBeGreaterThanOrEqual(40);
  expect(new Set(SERVERS.map(({ id }) => id)).size).toBe(SERVERS.length);
  expect(new Set(SERVERS.map(domainOf)).size).toBe(SERVERS.length);
});

test('every server has a right answer, and at least one wrong one', () => {
  for (const { id, right, acceptable } of SERVERS) {
    expect([id, right.length > 0]).toEqual([id, true]);
    expect([id, right.filter((verdict) => acceptable.includes(verdict))]).toEqual([id, []]);
    expect([id, right.length + acceptable.length < 4]).toEqual([id, true]);
  }
});

test('nobody is right to call an existing mailbox invalid, or a missing one deliverable', () => {
  const closed = ['relay', 'moved', 'disabled', 'null-mx', 'no-domain', 'no-records', 'ip-mx', 'loopback-mx'];
  for (const { id, localPart, right, acceptable } of SERVERS) {
    const fine = [...right, ...acceptable];
    if (localPart === 'nobody') expect([id, fine.includes('deliverable')]).toEqual([id, false]);
    else if (!closed.includes(id)) expect([id, fine.includes('invalid')]).toEqual([id, false]);
  }
});

test('an answer is right, acceptable or wrong, and none is hung', () => {
  const expected = { right: ['deliverable'], acceptable: ['unknown'] } as const;
  expect(
    ['deliverable', 'unknown', 'invalid', 'risky'].map((verdict) => scoreBehaviour(expected, verdict as 'risky')),
  ).toEqual(['right', 'acceptable', 'wrong', 'wrong']);
  expect(scoreBehaviour(expected, null)).toBe('hung');
});

test('the datasheet states how many servers there are', () => {
  const datasheet = readFileSync(new URL('../../../../bench/versus/DATASHEET.md', import.meta.url), 'utf8');
  expect(datasheet).toContain(`${SERVERS.length} odd and hostile servers`);
});
