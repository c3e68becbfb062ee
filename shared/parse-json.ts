/** Parses stored or received JSON by a schema. */
import type * as z from 'zod';

/** The value as the schema types it, or null if the text is no JSON or does not fit. No fault quotes the text. */
export function parseJson<S extends z.ZodType>(schema: S, text: string): z.output<S> | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    return null;
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? parsed.data : null;
}
