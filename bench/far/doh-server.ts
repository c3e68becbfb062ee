/** DNS over HTTPS for names under `.test`: every domain has the mail host `mx.` below itself. */
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
