import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spreadOut } from '../../../../edge/nodes/choice/spread-out.ts';
import { probeNodeOf } from '../probe-node.ts';

function nodesIn(regions: string) {
  return [...regions].map((region, index) => probeNodeOf({ id: `node-${index}`, region }));
}

test.each([
  ['EEEEEUUUA', 'EEUAEEEUU'],
  ['EEEEEU', 'EEUEEE'],
  ['EUEEA', 'EUAEE'],
  ['EUAEU', 'EUAEU'],
  ['EEEE', 'EEEE'],
  ['EU', 'EU'],
  ['', ''],
])('nodes in regions %s are reordered so that the third and fourth are in new regions: %s', (regions, expected) => {
  expect([...spreadOut(nodesIn(regions))].map(({ region }) => region).join('')).toBe(expected);
});

test('every node occurs once, and those of one region keep their order', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('E', 'U', 'A') }), (regions) => {
      const nodes = nodesIn(regions);
      const spread = [...spreadOut(nodes)];
      for (const region of 'EUA') {
        const of = ({ region: other }: { readonly region: string }): boolean => other === region;
        expect(spread.filter(of)).toEqual(nodes.filter(of));
      }
      expect(spread.length).toBe(nodes.length);
    }),
  );
});

test('the first two nodes are given without reading ahead', () => {
  let read = 0;
  const nodes = {
    *[Symbol.iterator]() {
      for (const node of nodesIn('EEEEEU')) {
        read += 1;
        yield node;
      }
    },
  };
  const spread = spreadOut(nodes);
  spread.next();
  spread.next();
  expect(read).toBe(2);
});
