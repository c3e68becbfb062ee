import { expect, test } from 'vitest';
import { widthOf, wrap } from '../../cli/terminal.ts';

const TEXT = 'The mail server says that there is no such mailbox, and that nobody forwards it.';

test('text fits the columns of a terminal, with its margin', () => {
  const lines = wrap(TEXT, 4, widthOf({ isTTY: true, columns: 48 })).split('\n');
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line).toMatch(/^ {4}\S.{0,43}$/);
  expect(lines.map((line) => line.trim()).join(' ')).toBe(TEXT);
});

test('text stays on its line if there is no terminal', () => {
  expect(wrap(TEXT, 4, widthOf({ columns: 48 }))).toBe(`    ${TEXT}`);
});
