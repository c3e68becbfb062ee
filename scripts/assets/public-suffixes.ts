/** The public suffix list at `/public-suffixes.txt`, for the worker (edge/wiring/public-suffixes.ts). */
import { publicSuffixText } from '../public-suffixes.ts';
import type { Asset } from './asset.ts';

export async function publicSuffixFile(): Promise<readonly Asset[]> {
  return [{ path: '/public-suffixes.txt', content: publicSuffixText() }];
}
