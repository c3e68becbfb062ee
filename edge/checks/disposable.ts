/**
 * Whether a domain belongs to a provider of disposable addresses.
 *
 * Two checks: the domain, or a domain above it, is on a list (`openDisposableSet`); or its mail goes to a host of a
 * known disposable provider (`isDisposableMx`), which finds new domains that are on no list yet.
 * scripts/build-disposable.ts builds the set: it holds no public suffix, so that a listed `foo.linkpc.net` says nothing
 * of other names under `linkpc.net`, and no real provider. Both checks are pure and take lower-case A-labels.
 */
import { DISPOSABLE_MX } from './data/disposable-mx.ts';
import { openFuseFilter } from './fuse-filter.ts';

/** Labels of the longest name in the set. Each further label would be another chance of a false positive. */
export const LISTED_LABELS_MAX = 5;

export type DisposableSet = {
  /** True if the domain itself or any domain above it is listed. */
  has(domain: string): boolean;
  /** Names that the filter was built from. */
  readonly count: number;
};

/** Opens the set in `edge/checks/data/disposable.bin`. Throws if the buffer is not one. */
export function openDisposableSet(buffer: ArrayBuffer): DisposableSet {
  const filter = openFuseFilter(buffer);
  return {
    count: filter.count,
    has(domain) {
      // Look up the shortest name first: `example.com`, `mail.example.com`, … A single label is never listed.
      let dot = domain.lastIndexOf('.');
      for (let labels = 2; dot > 0 && labels <= LISTED_LABELS_MAX; labels += 1) {
        dot = domain.lastIndexOf('.', dot - 1);
        if (filter.has(domain.slice(dot + 1))) return true;
      }
      return false;
    },
  };
}

const DISPOSABLE_MX_NAMES: ReadonlySet<string> = new Set(DISPOSABLE_MX);

/** True for a mail host at or below a name of data/disposable-mx.ts. */
export function isDisposableMx(host: string): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  for (let rest = name.toLowerCase(); rest.includes('.'); rest = rest.slice(rest.indexOf('.') + 1)) {
    if (DISPOSABLE_MX_NAMES.has(rest)) return true;
  }
  return false;
}
