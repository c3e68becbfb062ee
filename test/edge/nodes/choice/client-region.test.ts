import { expect, test } from 'vitest';
import { isNear } from '../../../../edge/nodes/choice/client-region.ts';

test.each([
  ['eu-central', 'EU', true],
  ['us-east', 'NA', true],
  ['ap-south', 'AS', true],
  ['ap-south', 'OC', true],
  ['us-east', 'EU', false],
  ['local', 'EU', false],
  ['fra1', 'fra1', true],
  ['europe', 'EU', true],
  ['eurasia-1', 'EU', false],
  ['constructor', 'constructor', true],
  ['eu-central', 'constructor', false],
])('a node in %s is near a client in %s: %s', (nodeRegion, clientRegion, expected) => {
  expect(isNear(nodeRegion, clientRegion)).toBe(expected);
});
