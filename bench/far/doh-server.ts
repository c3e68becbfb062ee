/** DNS over HTTP for domains that take their mail at `mx.` themselves, every name under `.test`. */
import { startDohServer } from '../../probe-node/sandbox/doh-server.ts';
import type { Zone } from '../../probe-node/sandbox/zone.ts';

const zone: Zone = (name, type) => {
  if (type !== 'MX') return { kind: 'no_data' };
  return { kind: 'records', records: [{ type, name, data: { preference: 10, exchange: `mx.${name}` } }] };
};

export async function startDoh(): Promise<{ readonly url: string }> {
  const { url } = await startDohServer(zone, null);
  return { url };
}
