import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

const schema = z.object({ size: z.int().default(1) });

test('a text that fits is the value as the schema types it', () => {
  expect(parseJson(schema, '{"size":3,"more":4}')).toEqual({ size: 3 });
  expect(parseJson(schema, '{}')).toEqual({ size: 1 });
});

test.each(['', '{', '[]', 'null', '{"size":"3"}'])('%j, which does not fit, is null', (text) => {
  expect(parseJson(schema, text)).toBeNull();
});
