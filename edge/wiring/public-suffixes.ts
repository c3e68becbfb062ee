/** The public suffix list, out of the static files that are deployed with the worker. */
import { type PublicSuffixes, readPublicSuffixes } from '../checks/public-suffix.ts';
import type { Env } from '../env.ts';

/** The binding looks at the path alone. */
const URL_OF_LIST = 'https://assets.invalid/public-suffixes.txt';

/** Not kept: it is some megabytes in memory, and needed every six hours and by an operator. Throws if the file is not there. */
export async function fetchPublicSuffixes(assets: Env['ASSETS']): Promise<PublicSuffixes> {
  const response = await assets.fetch(new Request(URL_OF_LIST));
  const text = await response.text();
  if (!response.ok) throw new Error(`the public suffix list is not among the assets: status ${response.status}`);
  return readPublicSuffixes(text);
}
