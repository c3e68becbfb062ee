import { expect, test } from 'vitest';
import { linesOf } from '../../../../edge/nodes/dispatch/node-link.ts';

test('lines of bulk work that come together are read a few at a time, and each few wait for a turn', async () => {
  const lines = Array.from({ length: 12 }, (_, number) => JSON.stringify({ number }));
  const response = new Response(`${lines.join('\n')}\n`);
  let turns = 0;
  const giveWay = async (): Promise<void> => {
    turns += 1;
  };
  const read: { readonly line: string; readonly turn: number }[] = [];
  for await (const line of linesOf(response, 12, () => {}, giveWay)) read.push({ line, turn: turns });
  expect(read.map(({ line }) => line)).toEqual(lines);
  expect(read.map(({ turn }) => turn)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3]);
});
