/**
 * The sandbox's DNS zone: a name and a record type in, the records or the kind of refusal out.
 *
 * Pure; doh-server.ts has the wire form. It holds everything under `.test` and nothing else (RFC 6761 §6.2).
 */
import type { Persona, SandboxMx } from './personas.ts';

/** Lifetime of every answer, negative ones included: short, so that a changed sandbox is seen soon. */
export const TTL_SECONDS = 60;

type ZoneRecord =
  | { readonly type: 'MX'; readonly name: string; readonly data: SandboxMx }
  | { readonly type: 'A'; readonly name: string; readonly data: string };

/** `no_data`: the name exists, without a record of this type. `silent`: no answer is ever given. */
type ZoneAnswer =
  | { readonly kind: 'records'; readonly records: readonly ZoneRecord[] }
  | { readonly kind: 'no_data' | 'no_such_name' | 'failure' | 'silent' };

export type Zone = (name: string, type: string) => ZoneAnswer;

/** Whether a name is one of the sandbox's: `test` itself or anything under it. */
export function isSandboxName(name: string): boolean {
  return /(?:^|\.)test\.?$/i.test(name);
}

export function createZone(personas: readonly Persona[]): Zone {
  const domains = new Map(personas.map((persona) => [persona.domain, persona.dns]));
  const hosts = new Set(personas.flatMap((persona) => persona.hosts.map(({ host }) => host)));

  return (asked, type) => {
    const name = asked.toLowerCase().replace(/\.$/, '');
    const isHost = hosts.has(name);
    const dns = domains.get(name);
    if (dns?.kind === 'failure' || dns?.kind === 'silent') return { kind: dns.kind };
    if (dns?.kind === 'no_such_name' || (dns === undefined && !isHost && name !== 'test'))
      return { kind: 'no_such_name' };
    if (type === 'A' && isHost) return { kind: 'records', records: [{ type, name, data: '127.0.0.1' }] };
    if (type === 'MX' && dns?.kind === 'null_mx') return mxRecords(name, [{ preference: 0, exchange: '.' }]);
    if (type === 'MX' && dns?.kind === 'mx') return mxRecords(name, dns.records);
    return { kind: 'no_data' };
  };
}

function mxRecords(name: string, records: readonly SandboxMx[]): ZoneAnswer {
  return { kind: 'records', records: records.map((data) => ({ type: 'MX', name, data })) };
}
