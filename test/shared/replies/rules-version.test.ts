import { describe, expect, test } from 'vitest';
import { RULES } from '../../../shared/replies/rules.ts';
import { rulesVersion } from '../../../shared/replies/rules-version.ts';

describe('the version of the rules', () => {
  test('the version of the rules is the same for the same rules, and short', async () => {
    expect(await rulesVersion()).toBe(await rulesVersion([...RULES]));
    expect(await rulesVersion()).toMatch(/^[0-9a-f]{12}$/);
  });

  const [first, ...rest] = RULES;
  if (first === undefined) throw new Error('there are no rules');

  test.each<[string, Partial<typeof first>]>([
    ['a class', { class: 'unrecognised_permanent' as typeof first.class }],
    ['a pattern', { text: / of this test / }],
    ['a code', { codes: [...first.codes, 599] }],
  ])('the version of the rules is another one when %s changes', async (_, change) => {
    expect(await rulesVersion([{ ...first, ...change }, ...rest])).not.toBe(await rulesVersion());
  });

  test('the version of the rules is another one when the order changes', async () => {
    expect(await rulesVersion([...rest, first])).not.toBe(await rulesVersion());
  });

  test('the version of the rules stays when only an explanation changes', async () => {
    expect(await rulesVersion([{ ...first, source: 'elsewhere', seen: '2020-01' }, ...rest])).toBe(
      await rulesVersion(),
    );
  });
});
