/** A static file of the deployment: its path, its content, and the headers that it is served with. */
import { sha256Of } from '../bundle.ts';

export type Asset = {
  /** Path of its URL. One without an extension is a page: `/docs` is the file `docs.html`. */
  readonly path: `/${string}`;
  readonly content: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Makes files, and writes none. Throws if it cannot make them all. */
export type AssetBuilder = () => Promise<readonly Asset[]>;

const HASH_DIGITS = 16;

/** A file with the hash of its content in its name, `/assets/NAME-HASH.EXT`: a client may keep it for a year. RFC 8246. */
export function immutableAsset(name: string, extension: string, content: string): Asset {
  const hash = sha256Of(new TextEncoder().encode(content)).slice(0, HASH_DIGITS);
  return {
    path: `/assets/${name}-${hash}.${extension}`,
    content,
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable', 'Cross-Origin-Resource-Policy': 'same-origin' },
  };
}
