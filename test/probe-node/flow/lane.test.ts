import { expect, test } from 'vitest';
import { laneOf, operatorOf, partyOf, partyOfLane } from '../../../probe-node/flow/lane.ts';

test('a lane is named by source and party', () => {
  expect([laneOf('192.0.2.1', 'yahoo'), laneOf(null, 'mx.test')]).toEqual(['192.0.2.1>yahoo', 'default>mx.test']);
});

test('a lane tells its party', () => {
  expect([laneOf('2001:db8::1', 'yahoo'), laneOf(null, 'mx.test')].map(partyOfLane)).toEqual(['yahoo', 'mx.test']);
});

test.each([
  ['aspmx.l.google.com', 'google', 'google'],
  ['gone.google.com', 'google', 'google'],
  ['mx1.firm.example', 'mx1.firm.example', 'firm.example'],
  ['mx.shop.firm.co.uk', 'mx.shop.firm.co.uk', 'firm.co.uk'],
  ['ec2-192-0-2-1.compute-1.amazonaws.com', 'ec2-192-0-2-1.compute-1.amazonaws.com', expect.any(String)],
])('a host %s is of the party %s and the operator %s', (host, party, operator) => {
  expect([partyOf(host), operatorOf(host)]).toEqual([party, operator]);
});
