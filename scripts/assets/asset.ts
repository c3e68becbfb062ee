/** A static file of the deployment: its path, its content, and the headers that it is served with. */
import { sha256Of } from '../bundle.ts';

export type Asset = {
  /** Path of its URL. One without an extension is a page: `/docs` is the file `docs.html`. */
  readonly path: `/${string}`;
  readonly content: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** The paths that the headers are for, with `*` for any end; default: its own. Assets with the same one have the same headers. */
  readonly headersFor?: `/${string}`;
};

/** Makes files, and writes none. Throws if it cannot make them all. */
export type AssetBuilder = () => Promise<readonly Asset[]>;

const HASH_DIGITS = 16;

const IMMUTABLE: Pick<Asset, 'headers' | 'headersFor'> = {
  headersFor: '/assets/*',
  headers: { 'Cache-Control': 'public, max-age=31536000, immutable', 'Cross-Origin-Resource-Policy': 'same-origin' },
};

/** A file with the hash of its content in its name, `/assets/NAME-HASH.EXT`: a client may keep it for a year. RFC 8246. */
export function immutableAsset(name: string, extension: string, content: string): Asset {
  const hash = sha256Of(new TextEncoder().encode(content)).slice(0, HASH_DIGITS);
  return immutableAt(`/assets/${name}-${hash}.${extension}`, content);
}

/** A file whose path changes with its content already. */
export function immutableAt(path: `/assets/${string}`, content: string): Asset {
  return { path, content, ...IMMUTABLE };
}
