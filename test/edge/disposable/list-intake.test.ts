import { describe, expect, test } from 'vitest';
import { faultOfLoneName } from '../../../edge/checks/listable-name.ts';
import { type IntakeRules, LIST_NEW_NAMES_MAX, takeList } from '../../../edge/disposable/list-intake.ts';
import { SUFFIXES } from '../../../scripts/public-suffixes.ts';

const rules: IntakeRules = {
  faultOf: (name) => faultOfLoneName(name, SUFFIXES),
  isKnown: (name) => name.endsWith('known.example'),
};

function namesOf(text: string, lastTotal: number | null = null): readonly string[] {
  const intake = takeList(text, lastTotal, rules);
  if (!intake.ok) throw new Error(intake.refusal);
  return intake.names;
}

function refusalOf(text: string, lastTotal: number | null = null): string | null {
  const intake = takeList(text, lastTotal, rules);
  return intake.ok ? null : intake.refusal;
}

const many = (count: number): string => Array.from({ length: count }, (_, at) => `t${at}.example\n`).join('');

describe('a list of disposable domains', () => {
  test('a list of disposable domains is read from lines, with comments, blank lines, other line ends and the habits of list keepers', () => {
    const text =
      '\ufeff# made by hand\r\n\r\nOne.example\r\n  two.example  # a comment\n*.three.example\n@four.example\n// end\n';
    expect(namesOf(text)).toEqual(['four.example', 'one.example', 'three.example', 'two.example']);
  });

  test('a list of disposable domains is read from a JSON array', () => {
    expect(namesOf(' ["b.example", "a.example", "BÜCHER.example"] ')).toEqual([
      'a.example',
      'b.example',
      'xn--bcher-kva.example',
    ]);
  });

  test('a list of disposable domains adds only names that the compiled set lacks', () => {
    expect(namesOf('known.example\nmail.known.example\nnew.example')).toEqual(['new.example']);
  });

  test('a list of disposable domains adds no real provider, no well-known site, no public suffix and no school', () => {
    const text = 'gmail.com\nmail.gmail.com\nexample.com\nco.uk\ngithub.io\nstanford.edu\nnew.example\n';
    const intake = takeList(text, null, rules);
    expect(intake).toEqual({ ok: true, total: 7, names: ['new.example'], leftOut: 6 });
  });

  test('a single list adds no popular site, no forwarder with accounts, no near miss and no company’s suffix', () => {
    const text = 'paypal.com\nsudomail.com\ngmial.com\nlovelace.com.au\nmooo.com\ne.mooo.com\nnew.example\n';
    const intake = takeList(text, null, rules);
    expect(intake).toEqual({ ok: true, total: 7, names: ['e.mooo.com', 'new.example'], leftOut: 5 });
  });

  test.each<[string, string, string]>([
    ['nothing', '', 'empty'],
    ['comments alone', '# none\n', 'empty'],
    ['an empty array', '[]', 'empty'],
    ['an error page', '<!doctype html>\n<html>\n<body>Not found</body>\n</html>\n', 'not_a_list'],
    ['half an array', '["one.example", "two', 'not_a_list'],
    ['an object', '{"domains": ["one.example"]}', 'not_a_list'],
    ['an array of other things', '["one.example", 7]', 'not_a_list'],
    ['addresses', 'ada@one.example\nbob@two.example\n', 'not_a_list'],
    ['a list of free mail', 'gmail.com\nyahoo.com\nhotmail.com\ngmx.de\nweb.de\naol.com\n', 'names_real_providers'],
    ['more new names than a list can have', many(LIST_NEW_NAMES_MAX + 1), 'too_many_new_names'],
  ])('a list of disposable domains is not accepted if it is %s', (_, text, refusal) => {
    expect(refusalOf(text)).toBe(refusal);
  });

  test('a list of disposable domains may contain a few lines that are no domains', () => {
    expect(namesOf(`${many(98)}not a domain\nnor_this\n`)).toHaveLength(98);
    expect(refusalOf(`${many(97)}not a domain\nnor_this\nand this\n`)).toBe('not_a_list');
  });

  test('a list of disposable domains is not accepted if it has lost more than a tenth of its names', () => {
    expect(refusalOf(many(89), 100)).toBe('shrunk');
    expect(refusalOf(many(90), 100)).toBeNull();
    expect(refusalOf(many(1), 19)).toBeNull();
  });

  test('a list of disposable domains is read in linear time', () => {
    const started = performance.now();
    takeList(`${'a.'.repeat(200_000)}example\n${'#'.repeat(400_000)}\n${'/'.repeat(400_000)}`, null, rules);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
