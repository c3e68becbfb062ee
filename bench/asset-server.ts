/** Static files over HTTP on a free port of loopback, with the headers that the deployment gives them. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Asset } from '../scripts/assets/asset.ts';

const TYPES: Readonly<Record<string, string>> = {
  '': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export type AssetServer = { readonly url: string; close(): void };

/** @param other answers a request for a path that is no file */
export async function startAssetServer(
  assets: readonly Asset[],
  other: (pathname: string, response: ServerResponse) => void,
): Promise<AssetServer> {
  const files = new Map(assets.map((asset): [string, Asset] => [asset.path, asset]));
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const asset = files.get(pathname);
    if (asset === undefined) return other(pathname, response);
    response.writeHead(200, { 'content-type': TYPES[path.extname(asset.path)] ?? 'text/plain', ...asset.headers });
    response.end(asset.content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
