/** The built pages, and an edge that has one list that is done, of as many rows as are wanted: what is measured is the page. */
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Asset } from '../scripts/assets/asset.ts';
import { makeAssets } from '../scripts/build-assets.ts';
import type { Verdict } from '../shared/verdict.ts';
import { type AssetServer, startAssetServer } from './asset-server.ts';

export const LIST_ID = 'A'.repeat(22);
const LIST_PATH = `/lists/${LIST_ID}` as const;

/** Rows of one chunk of the results. */
const CHUNK_ROWS = 2_000;
const VERDICTS: readonly (readonly [Verdict, string])[] = [
  ['deliverable', 'accepted'],
  ['invalid', 'mailbox_not_found'],
  ['risky', 'catch_all'],
  ['unknown', 'greylisted'],
];

export type PageServer = AssetServer & {
  /** Paths of all pages that are files. */
  readonly pages: readonly string[];
};

export async function startPageServer(rows: number): Promise<PageServer> {
  const assets = await makeAssets();
  // The worker gives the same page for every list.
  const listPages = assets.flatMap((asset) => (asset.path === '/lists' ? [{ ...asset, path: LIST_PATH }] : []));
  const server = await startAssetServer([...assets, ...listPages], (pathname, response) => {
    if (pathname === `/v1${LIST_PATH}`) return sendJson(response, statusOf(rows));
    if (pathname === `/v1${LIST_PATH}/events`) return void response.writeHead(204).end();
    if (pathname === `/v1${LIST_PATH}/results`) return void sendRows(response, rows);
    response.writeHead(404).end();
  });
  return { ...server, pages: assets.filter(isPage).map((asset) => asset.path) };
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
