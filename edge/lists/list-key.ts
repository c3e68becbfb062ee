/**
 * What the rows of a list are kept under and sealed with: keys derived from the list's own, which lies beside its file and is
 * deleted before anything else. Without it no row can be read, and none can be guessed.
 *
 * A row's key is a keyed hash of domain and address as on the wire: rows of a domain stand together, and the same address is
 * the same row. Local parts and names of domains are sealed with AES-256 in counter mode (NIST SP 800-38A §6.5), thousands
 * in one call. The nonce of a text is the hash it stands under, so that no two texts share a key stream. There is no
 * integrity to protect: who can write rows can write verdicts.
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createHmac } from 'node:crypto';

/** Octets of a list's key. */
export const LIST_KEY_OCTETS = 32;
/** Characters of base64url: 72 and 96 bits. */
export const DOMAIN_KEY_LENGTH = 12;
const LOCAL_KEY_LENGTH = 16;
/** Domains whose hash is at hand. */
const DOMAINS_AT_HAND_MAX = 20_000;
/** Octets of a block of AES, of which the counter takes the last four. */
const BLOCK_OCTETS = 16;
const NONCE_OCTETS = 12;

/** A text and the key that it belongs to: of a row, or of a domain. */
type KeyedText = { readonly key: string; readonly text: string };

export type RowKeys = {
  /** Key of an address; of a text that is none with the domain ''. */
  readonly keyOf: (address: string, domain: string) => string;
  readonly domainKeyOf: (domain: string) => string;
  /** In base64, in the same order. */
  readonly seal: (texts: readonly KeyedText[]) => readonly string[];
  readonly open: (sealed: readonly KeyedText[]) => readonly string[];
};

export function createRowKeys(listKey: Uint8Array): RowKeys {
  const derive = (purpose: string): Uint8Array => createHmac('sha256', listKey).update(purpose).digest();
  const hashKey = derive('vrfy list rows v1');
  const sealKey = derive('vrfy list seal v1');
  const hash = (text: string): string => createHmac('sha256', hashKey).update(text).digest('base64url');
  const domains = new Map<string, string>();
  const domainKeyOf = (domain: string): string => {
    const known = domains.get(domain);
    if (known !== undefined) return known;
    if (domains.size >= DOMAINS_AT_HAND_MAX) domains.clear();
    const key = hash(`domain ${domain}`).slice(0, DOMAIN_KEY_LENGTH);
    domains.set(domain, key);
    return key;
  };
  return {
    domainKeyOf,
    keyOf: (address, domain) => domainKeyOf(domain) + hash(`address ${address}`).slice(0, LOCAL_KEY_LENGTH),
    seal: (texts) =>
      inCounterMode(
        sealKey,
        texts.map(({ key, text }) => ({ key, octets: Buffer.from(text, 'utf8') })),
      ).map((octets) => octets.toString('base64')),
    open: (sealed) =>
      inCounterMode(
        sealKey,
        sealed.map(({ key, text }) => ({ key, octets: Buffer.from(text, 'base64') })),
      ).map((octets) => octets.toString('utf8')),
  };
}

export function domainKeyOfRow(key: string): string {
  return key.slice(0, DOMAIN_KEY_LENGTH);
}

/** Seals or opens: one is the other. The key stream of all texts is made in one call. */
function inCounterMode(
  sealKey: Uint8Array,
  texts: readonly { readonly key: string; readonly octets: Buffer }[],
): readonly Buffer[] {
  const blocksOf = (octets: Buffer): number => Math.ceil(octets.length / BLOCK_OCTETS);
  const counters = Buffer.alloc(BLOCK_OCTETS * texts.reduce((sum, { octets }) => sum + blocksOf(octets), 0));
  let at = 0;
  for (const { key, octets } of texts) {
    for (let block = 0; block < blocksOf(octets); block += 1) {
      counters.write(key.slice(-NONCE_OCTETS).padStart(NONCE_OCTETS, '.'), at, 'latin1');
      counters.writeUInt32BE(block, at + NONCE_OCTETS);
      at += BLOCK_OCTETS;
    }
  }
  const stream = createCipheriv('aes-256-ecb', sealKey, null).setAutoPadding(false).update(counters);
  let from = 0;
  return texts.map(({ octets }) => {
    const mixed = Buffer.alloc(octets.length);
    for (let index = 0; index < octets.length; index += 1)
      mixed[index] = (octets[index] ?? 0) ^ (stream[from + index] ?? 0);
    from += blocksOf(octets) * BLOCK_OCTETS;
    return mixed;
  });
}
