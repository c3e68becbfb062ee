/**
 * Whether a node is in the client's region: compares a region's name with a continent or another region. Pure.
 *
 * Operators name the regions; a name that begins with the usual word for a continent lies there (`eu-central`,
 * `us-east`, `ap-south`). Any other name is near to no client, which costs the node a little and excludes it from
 * nothing.
 */

/** The beginnings of region names on each continent, by the code that Cloudflare gives with a request. */
const BEGINNINGS: ReadonlyMap<string, readonly string[]> = new Map([
  ['AF', ['af', 'africa', 'me']],
  ['AS', ['ap', 'as', 'asia', 'me', 'in']],
  ['EU', ['eu', 'europe', 'uk']],
  ['NA', ['na', 'us', 'ca', 'northamerica']],
  ['OC', ['oc', 'au', 'ap', 'australia']],
  ['SA', ['sa', 'br', 'southamerica']],
]);

/** @param clientRegion a continent's code (`EU`) or the name of a region */
export function isNear(nodeRegion: string, clientRegion: string): boolean {
  if (nodeRegion === clientRegion) return true;
  const [beginning = ''] = nodeRegion.split('-');
  return BEGINNINGS.get(clientRegion)?.includes(beginning) ?? false;
}
