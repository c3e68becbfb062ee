/**
 * Checks that the domain of MAIL FROM takes mail, and that its SPF record covers every address of ours. Pure. Receivers
 * that verify a sender ask for both (RFC 5321 §3.3, RFC 7208).
 */
import { recordsOf } from '../dns-answer.ts';
import type { SenderFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';
import type { SpfResult } from '../spf.ts';

export function checkSenderDomain({ domain, takesMail, mx, addresses }: SenderFacts): CheckFinding {
  if (!takesMail) return skipped('sender_domain', 'The sender is the null sender, which takes no mail.');
  if (mx.kind === 'failed' || (mx.kind === 'none' && addresses.kind === 'failed')) {
    return warning(
      'sender_domain',
      `Where ${domain} takes its mail could not be looked up.`,
      'See that the resolvers answer.',
    );
  }
  // c-ares gives the root of a null MX (RFC 7505) as an empty name.
  const hosts = recordsOf(mx).filter(({ host }) => host !== '' && host !== '.');
  if (hosts.length > 0)
    return fine('sender_domain', `${domain} takes mail at ${hosts.map(({ host }) => host).join(', ')}.`);
  if (mx.kind === 'records') {
    return fault(
      'sender_domain',
      `${domain} says that it takes no mail (null MX), and servers refuse a sender that cannot be answered (RFC 7505 section 4.2).`,
      `Replace the DNS record "${domain}. MX 0 ." by "${domain}. MX 10 " and a mail server of yours.`,
    );
  }
  if (addresses.kind === 'records') return fine('sender_domain', `${domain} takes mail at its own address.`);
  return fault(
    'sender_domain',
    `${domain}, the domain of MAIL FROM, has neither MX nor address: servers that verify senders refuse it.`,
    `Add a DNS record "${domain}. MX 10 " and a mail server of yours, or set PROBE_MAIL_FROM to an address that takes mail.`,
  );
}

type SpfOf = SenderFacts['spf'][number];

/** One finding for all addresses with the same result, so that the record to add names them all. */
export function checkSpf({ domain, spf }: SenderFacts): readonly CheckFinding[] {
  if (spf.length === 0) return [skipped('spf', 'The public address is not known.')];
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
        `${domain} has no SPF record: receivers cannot tell the node from somebody who borrows its name.`,
        `Add the DNS record: ${domain}. TXT "v=spf1 ${terms} -all"`,
      );
    case 'fail':
      return fault(
        'spf',
        `SPF of ${who} says that the node may not write in its name (${result.why}): many servers refuse MAIL for that.`,
        amended(domain, result, terms),
      );
    case 'softfail':
    case 'neutral':
      return warning('spf', `SPF of ${who} does not cover the node (${result.why}).`, amended(domain, result, terms));
    case 'permerror':
      return fault(
        'spf',
        `SPF of ${who} is broken: ${result.why}. Receivers take it for none, or refuse.`,
        `Replace it by one TXT record that is whole and asks at most 10 others: ${domain}. TXT "v=spf1 ${terms} -all"`,
      );
    case 'temperror':
      return warning(
        'spf',
        `SPF of ${who} could not be looked up: ${result.why}.`,
        'See that the name servers answer.',
      );
    default:
      return skipped('spf', `Whether SPF of ${who} covers the node cannot be told without a message: ${result?.why}.`);
  }
}

/** The present record, with our addresses in front of every term that could refuse them. */
function amended(domain: string, { record }: SpfResult, terms: string): string {
  return `Change the DNS record to: ${domain}. TXT "${(record ?? 'v=spf1').replace(/^v=spf1/i, `v=spf1 ${terms}`)}"`;
}
