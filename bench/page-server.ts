/** The built pages, and an edge that has one list that is done, of as many rows as are wanted: what is measured is the page. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Asset } from '../scripts/assets/asset.ts';
import { makeAssets } from '../scripts/build-assets.ts';
import type { Verdict } from '../shared/verdict.ts';

export const LIST_ID = 'A'.repeat(22);

const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Rows of one chunk of the results. */
const CHUNK_ROWS = 2_000;
const VERDICTS: readonly (readonly [Verdict, string])[] = [
  ['deliverable', 'accepted'],
  ['invalid', 'mailbox_not_found'],
  ['risky', 'catch_all'],
  ['unknown', 'greylisted'],
];

export type PageServer = {
  readonly url: string;
  /** Paths of all pages that are files. */
  readonly pages: readonly string[];
  close(): void;
};

export async function startPageServer(rows: number): Promise<PageServer> {
  const assets = new Map((await makeAssets()).map((asset): [string, Asset] => [asset.path, asset]));
  const pages = [...assets.values()].filter(isPage).map((asset) => asset.path);
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    if (pathname === `/v1/lists/${LIST_ID}`) return sendJson(response, statusOf(rows));
    if (pathname === `/v1/lists/${LIST_ID}/events`) return void response.writeHead(204).end();
    if (pathname === `/v1/lists/${LIST_ID}/results`) return void sendRows(response, rows);
    const asset = assets.get(pathname === `/lists/${LIST_ID}` ? '/lists' : pathname);
    if (asset === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[path.extname(asset.path)] ?? 'text/plain', ...asset.headers });
    response.end(asset.content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function isPage({ path: url, content }: Asset): boolean {
  return path.extname(url) === '' && typeof content === 'string' && content.startsWith('<!doctype html>');
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** A row as the edge sends it. */
function rowAt(index: number): Readonly<Record<string, unknown>> {
  const [verdict, reason] = VERDICTS[index % VERDICTS.length] ?? ['unknown', 'pending'];
  const email = `person${index}.of.some.length@company${index % 5_000}.example`;
  return {
    row: index + 1,
    email,
    address: email,
    verdict,
    reason,
    did_you_mean: null,
    duplicate_of: null,
    checked_at: '2026-01-01T00:00:00.000Z',
  };
}

async function sendRows(response: ServerResponse, rows: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  // A page that is closed ends it early.
  await pipeline(chunksOf(rows), response).catch(() => {});
}

function* chunksOf(rows: number): Generator<string> {
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const length = Math.min(CHUNK_ROWS, rows - from);
    const lines = Array.from({ length }, (_, offset) => `${JSON.stringify(rowAt(from + offset))}\n`);
    yield lines.join('');
  }
}

function statusOf(rows: number): Readonly<Record<string, unknown>> {
  const quarter = rows / VERDICTS.length;
  return {
    id: LIST_ID,
    name: 'people.csv',
    state: 'done',
    waiting_for: null,
    rows,
    distinct: rows,
    duplicates: 0,
    done: rows,
    free: 0,
    by_verdict: Object.fromEntries(VERDICTS.map(([verdict]) => [verdict, quarter])),
    by_reason: Object.fromEntries(VERDICTS.map(([, reason]) => [reason, quarter])),
    by_provider: [{ provider: 'other', distinct: rows, done: rows, eta_seconds: null }],
    expected_bounce_rate: null,
    eta_seconds: null,
    next_retry_at: null,
    parts: null,
    failure: null,
    created_at: '2026-01-01T00:00:00.000Z',
    finished_at: '2026-01-01T01:00:00.000Z',
    expires_at: '2026-01-31T00:00:00.000Z',
  };
}
