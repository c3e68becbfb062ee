import { expect, test } from 'vitest';
import { laneOf, providerOfLane } from '../../probe-node/lane.ts';

test('a lane is named by source and provider', () => {
  expect([laneOf('192.0.2.1', 'yahoo'), laneOf(null, 'mx.test')]).toEqual(['192.0.2.1>yahoo', 'default>mx.test']);
});

test('a lane tells its provider', () => {
  expect([laneOf('2001:db8::1', 'yahoo'), laneOf(null, 'mx.test')].map(providerOfLane)).toEqual(['yahoo', 'mx.test']);
});
