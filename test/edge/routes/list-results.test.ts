import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { App } from '../../../edge/http/context.ts';
import type { ListApi } from '../../../edge/lists/list-api.ts';
import { sendResults } from '../../../edge/routes/list-results.ts';
import { createMapBucket } from '../lists/map-bucket.ts';

test('each slice of a download is told the owners that the slices before have given', async () => {
  const list = {
    // A call to an object copies its arguments; each slice gives one owner, and says how many were known.
    async slice(number: number, wishes: Parameters<ListApi['slice']>[1]) {
      const { given } = structuredClone(wishes);
      const known = given?.filter((octet) => octet !== 0).length;
      if (given !== null) given[number] = 1;
      return { octets: new TextEncoder().encode(`${known} known\n`), given };
    },
  } as Partial<ListApi> as ListApi;
  const app = new Hono<App>();
  const outline = { slices: 3, encoding: null, detect: { format: 'csv', header: 'auto', column: null } } as const;
  const wishes = { format: 'csv', verdicts: null, given: new Uint8Array(3) } as const;
  app.get('/', (c) => sendResults(c, list, outline, wishes, createMapBucket()));
  const response = await app.request('/');
  expect(await response.text()).toBe('0 known\n1 known\n2 known\n');
});
