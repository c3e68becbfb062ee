/**
 * Checks whether an address is on a blocklist, and whether the list answers us at all. Pure. A list whose test entries
 * differ from RFC 5782 §5 says nothing about any address.
 */
import type { Blocklist } from '../data/blocklists.ts';
import { type DnsFact, recordsOf } from '../dns-answer.ts';
import type { ListAccess, WayOutFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';

export function checkBlocklists(lists: readonly ListAccess[], ways: readonly WayOutFacts[]): readonly CheckFinding[] {
  const working = new Set(lists.filter((access) => troubleOf(access) === null).map(({ list }) => list));
  const known = ways.filter(({ publicIp }) => publicIp !== null);
  if (known.length === 0) return [skipped('blocklist', 'The public address is unknown.'), ...accessFindings(lists)];
  return [...known.flatMap((way) => listingsOf(way, working)), ...accessFindings(lists)];
}

function listingsOf({ publicIp, listings }: WayOutFacts, working: ReadonlySet<Blocklist>): readonly CheckFinding[] {
  const ip = publicIp?.ip ?? '';
  const asked = listings.filter(({ list }) => working.has(list));
  const listed = asked.filter(({ list, codes }) => listingCodes(list, codes).length > 0);
  const clean = asked.filter(({ list, codes }) => codes.kind === 'none' && !listed.some((one) => one.list === list));
  const findings = listed.map(({ list, codes }) => {
    const reasons = listingCodes(list, codes).map((code) => list.meanings[code] ?? `code ${code}`);
    const make = list.level === 'fault' ? fault : warning;
    const detail = `${list.name} lists ${ip} (${reasons.join('; ')}): servers that use the list refuse the node, and its verdicts are "blocked".`;
    return make('blocklist', detail, `Remove the cause, then ask for removal of ${ip} at ${list.delisting}`);
  });
  if (clean.length === 0) return findings;
  return [...findings, fine('blocklist', `${ip} is not listed by ${clean.map(({ list }) => list.name).join(', ')}.`)];
}

/** Codes of 127/8 that are about the address. */
function listingCodes(list: Blocklist, codes: DnsFact<string>): readonly string[] {
  return recordsOf(codes).filter((code) => code.startsWith('127.') && list.refusals[code] === undefined);
}

function accessFindings(lists: readonly ListAccess[]): readonly CheckFinding[] {
  const faults = lists.flatMap(({ listed }) => (listed.kind === 'failed' ? [listed.fault] : []));
  if (faults.length > 1 && faults.length === lists.length) {
    const detail = `No blocklist answers (${[...new Set(faults)].join(', ')}), so it is unknown whether one lists the node.`;
    return [warning('blocklist_access', detail, 'Check that the resolvers of PROBE_DNS, or of the system, answer.')];
  }
  const troubles = lists.flatMap((access) => troubleOf(access) ?? []);
  if (troubles.length > 0 || lists.length === 0) return troubles;
  return [fine('blocklist_access', `The resolver may ask ${lists.map(({ list }) => list.name).join(', ')}.`)];
}

function troubleOf({ list, listed, unlisted }: ListAccess): CheckFinding | null {
  const refusal = [...recordsOf(listed), ...recordsOf(unlisted)].find((code) => list.refusals[code] !== undefined);
  const said = refusal === undefined ? undefined : list.refusals[refusal];
  const blind = 'so it is unknown whether it lists the node';
  if (said !== undefined) {
    return warning(
      'blocklist_access',
      `${list.name} does not answer: ${said.detail} (${refusal}), ${blind}.`,
      said.fix,
    );
  }
  if (listed.kind === 'failed') {
    return warning('blocklist_access', `${list.name} does not answer (${listed.fault}), ${blind}.`, list.access);
  }
  if (listed.kind === 'none') {
    return warning(
      'blocklist_access',
      `${list.name} does not know its own test entry 127.0.0.2, ${blind}.`,
      list.access,
    );
  }
  if (unlisted.kind === 'records') {
    const detail = `${list.name} lists 127.0.0.1, which happens with an abandoned list or a resolver that invents answers, ${blind}.`;
    return warning('blocklist_access', detail, list.access);
  }
  return null;
}
