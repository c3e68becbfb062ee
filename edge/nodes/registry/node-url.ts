/**
 * Checks the URL of a node: https with a host name that resolves to public addresses only (dns/public-host.ts), and
 * nothing behind it.
 */
import { type AddressLookup, faultOfHost, type HostFault, type UrlSettings } from '../../dns/public-host.ts';

/** The URL in its stored form, or a sentence on its fault. */
export type CheckedUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly detail: string };

/** Advice for the operator of the node, by fault. */
const ADVICE: Readonly<Record<HostFault['kind'], string>> = {
  loopback: '; set PROBE_URL to the name under which the edge reaches the node',
  inward: '; behind NAT the name must lead to the outer address, and its port to the node',
  other: '',
};

export async function checkNodeUrl(text: string, settings: UrlSettings, lookUp: AddressLookup): Promise<CheckedUrl> {
  const url = URL.parse(text);
  if (url === null) return wrong('it is no URL; it must be like https://probe1.example.com');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    return wrong('it must have scheme, host and port only');
  }
  const fault = await faultOfHost(url, settings, lookUp);
  return fault === null ? { ok: true, url: url.href } : wrong(fault.detail + ADVICE[fault.kind]);
}

function wrong(detail: string): CheckedUrl {
  return { ok: false, detail: `The URL of the node cannot be taken: ${detail}.` };
}
