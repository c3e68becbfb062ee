/**
 * Judges the facts: facts in, findings out. Pure; every check is applied to every way out that it is about.
 *
 * The state of port 25 is separate from the findings, because it alone decides whether the node may serve (doctor.ts).
 */
import { checkBlocklists } from './checks/blocklists.ts';
import { checkCertificate, checkClock, checkEdge } from './checks/edge.ts';
import { checkHostName, checkNetworkRange, checkPublicIp } from './checks/host-name.ts';
import { checkDns, checkPort25, type PortState } from './checks/port-25.ts';
import { checkSenderDomain, checkSpf } from './checks/sender.ts';
import type { Facts } from './facts.ts';
import { type CheckFinding, worstFirst } from './finding.ts';

export type { PortState };

export type Examination = { readonly port: PortState; readonly findings: readonly CheckFinding[] };

export function judgeFacts({ ways, senders, lists, edge, certificate }: Facts): Examination {
  const port = checkPort25(ways);
  // An unusable way out needs no name.
  const used = ways.filter(
    ({ knocks, way }) => way.sourceIp !== null || knocks.some(({ knock }) => knock.kind === 'greeted'),
  );
  const named = used.length > 0 ? used : ways;
  return {
    port: port.state,
    findings: worstFirst([
      ...port.findings,
      checkDns(ways),
      ...named.map(checkPublicIp),
      ...named.map(checkHostName),
      ...named.map(checkNetworkRange),
      ...senders.map(checkSenderDomain),
      ...senders.flatMap(checkSpf),
      ...checkBlocklists(lists, named),
      checkEdge(edge),
      checkClock(edge),
      checkCertificate(certificate),
    ]),
  };
}
