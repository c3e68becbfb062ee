import { describe, expect, test } from 'vitest';
import { fetchPublicSuffixes } from '../../../edge/wiring/public-suffixes.ts';
import { publicSuffixFile } from '../../../scripts/assets/public-suffixes.ts';

describe('the public suffix list of a deployment', () => {
  test('the worker reads the list that the build of the static files made', async () => {
    const files = await publicSuffixFile();
    const suffixes = await fetchPublicSuffixes({
      fetch: async ({ url }) => new Response(String(files.find(({ path }) => path === new URL(url).pathname)?.content)),
    });
    expect(suffixes.isPublicSuffix('co.uk')).toBe(true);
    expect(suffixes.isPublicSuffix('example.co.uk')).toBe(false);
  });

  test('the worker fails with the status if the file is not there, and takes no page of an error for a list', async () => {
    const missing = { fetch: async () => new Response('com\n// ===BEGIN PRIVATE DOMAINS===\nx', { status: 404 }) };
    await expect(fetchPublicSuffixes(missing)).rejects.toThrow('404');
  });
});
