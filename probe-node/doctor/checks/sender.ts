/**
 * Checks that the domain of MAIL FROM takes mail, and that its SPF record covers every address of ours. Pure. Receivers
 * that verify a sender ask for both (RFC 5321 §3.3, RFC 7208).
 */
import { recordsOf } from '../dns-answer.ts';
import type { SenderFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';
import type { SpfResult } from '../spf.ts';

export function checkSenderDomain({ domain, takesMail, mx, addresses }: SenderFacts): CheckFinding {
  if (!takesMail) return skipped('sender_domain', 'The sender is the null sender, which receives no mail.');
  if (mx.kind === 'failed' || (mx.kind === 'none' && addresses.kind === 'failed')) {
    return warning(
      'sender_domain',
      `The mail servers of ${domain} could not be looked up.`,
      'Check that the resolvers answer.',
    );
  }
  // c-ares gives the root of a null MX (RFC 7505) as an empty name.
  const hosts = recordsOf(mx).filter(({ host }) => host !== '' && host !== '.');
  if (hosts.length > 0)
    return fine('sender_domain', `${domain} receives mail at ${hosts.map(({ host }) => host).join(', ')}.`);
  if (mx.kind === 'records') {
    return fault(
      'sender_domain',
      `${domain} states that it receives no mail (null MX), and servers refuse a sender that they cannot answer (RFC 7505 section 4.2).`,
      `Replace the DNS record "${domain}. MX 0 ." by "${domain}. MX 10 " and a mail server of yours.`,
    );
  }
  if (addresses.kind === 'records') return fine('sender_domain', `${domain} receives mail at its own address.`);
  return fault(
    'sender_domain',
    `${domain}, the domain of MAIL FROM, has neither MX nor address: servers that verify senders refuse it.`,
    `Add a DNS record "${domain}. MX 10 " and a mail server of yours, or set PROBE_MAIL_FROM to an address that receives mail.`,
  );
}

type SpfOf = SenderFacts['spf'][number];

/** One finding for all addresses with the same result, so that the record to add names them all. */
export function checkSpf({ domain, spf }: SenderFacts): readonly CheckFinding[] {
  if (spf.length === 0) return [skipped('spf', 'The public address is unknown.')];
  return [...Map.groupBy(spf, ({ result }) => result.kind).values()].map((alike) => spfFinding(domain, alike));
}

function spfFinding(domain: string, alike: readonly SpfOf[]): CheckFinding {
  const ips = alike.map(({ ip }) => ip);
  const result = alike[0]?.result;
  const who = `${domain} (${ips.join(', ')})`;
  const terms = ips.map((ip) => `ip${ip.includes(':') ? 6 : 4}:${ip}`).join(' ');
  switch (result?.kind) {
    case 'pass':
      return fine('spf', `SPF of ${domain} covers ${ips.join(', ')} (${result.why}).`);
    case undefined:
    case 'none':
      return warning(
        'spf',
        `${domain} has no SPF record: receivers cannot tell the node from a sender that forges its name.`,
        `Add the DNS record: ${domain}. TXT "v=spf1 ${terms} -all"`,
      );
    case 'fail':
      return fault(
        'spf',
        `SPF of ${who} forbids the node to send in its name (${result.why}): many servers refuse MAIL because of that.`,
        amended(domain, result, terms),
      );
    case 'softfail':
    case 'neutral':
      return warning('spf', `SPF of ${who} does not cover the node (${result.why}).`, amended(domain, result, terms));
    case 'permerror':
      return fault(
        'spf',
        `SPF of ${who} is broken: ${result.why}. Receivers ignore it, or refuse.`,
        `Replace it by one complete TXT record that needs at most 10 look-ups: ${domain}. TXT "v=spf1 ${terms} -all"`,
      );
    case 'temperror':
      return warning(
        'spf',
        `SPF of ${who} could not be looked up: ${result.why}.`,
        'Check that the name servers answer.',
      );
    default:
      return skipped(
        'spf',
        `Without a message it cannot be determined whether SPF of ${who} covers the node: ${result?.why}.`,
      );
  }
}

/** The present record, with our addresses in front of every term that could refuse them. */
function amended(domain: string, { record }: SpfResult, terms: string): string {
  return `Change the DNS record to: ${domain}. TXT "${(record ?? 'v=spf1').replace(/^v=spf1/i, `v=spf1 ${terms}`)}"`;
}
