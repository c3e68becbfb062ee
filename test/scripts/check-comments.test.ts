import { describe, expect, test } from 'vitest';
import { countComments, faultsOf } from '../../scripts/check-comments.ts';

describe('the count of a file', () => {
  test('the count of a file has the words of all comments and none of a string, a template or a pattern', () => {
    const source = [
      '/** Nobody knows it. */',
      "export const a = 'http://who.example'; // one, two",
      ['export const b = `/* where */ $', '{/* three */ a} // what`;'].join(''),
      'export const c = /\\/\\/ who/;',
    ].join('\n');
    expect(countComments('a.ts', source)).toEqual({
      file: 'a.ts',
      words: 6,
      hits: [{ line: 1, text: '/** Nobody knows it. */' }],
    });
  });

  test('the count of a file names the line of each hit in a comment of several lines', () => {
    const { hits } = countComments(
      'a.ts',
      '\n/**\n * The first line.\n * Where, and where not.\n */\nexport const a = 1;\n',
    );
    expect(hits.map(({ line }) => line)).toEqual([4, 4]);
  });

  test('the count of a file takes only whole words for hits', () => {
    expect(countComments('a.ts', '// Whole, somewhere, whatever.').hits).toEqual([]);
  });

  test('the count of a file throws if the file cannot be parsed', () => {
    expect(() => countComments('a.ts', 'export const = ;')).toThrow('a.ts');
  });
});

describe('the faults of a project', () => {
  const counts = [
    { file: 'edge/a.ts', words: 900, hits: [] },
    {
      file: 'edge/b/c.ts',
      words: 100,
      hits: Array.from({ length: 7 }, (_, at) => ({ line: at + 1, text: `line ${at}` })),
    },
    { file: 'main.ts', words: 250, hits: [{ line: 1, text: 'one' }] },
  ];

  test('the faults of a project name each folder above 4 hits in 1,000 words, with its files and lines', () => {
    const [fault, ...more] = faultsOf(counts, {});
    expect(fault).toMatch(/^edge: 7 of 1000 .*7\.0 per 1,000; 4 are allowed\n/);
    expect(fault).toContain('\n  edge/b/c.ts:1: line 0\n');
    expect(fault).toContain('\n  edge/b/c.ts: 2 more');
    expect(more).toEqual([]);
  });

  test('the faults of a project are none if a folder is within its own ceiling', () => {
    expect(faultsOf(counts, { edge: 7 })).toEqual([]);
    expect(faultsOf(counts, { edge: 6 })).toHaveLength(1);
  });
});
