/**
 * Checks that outgoing port 25 is open. Pure. The one check that decides whether a node may serve: with the port
 * closed, every verdict would be noise.
 *
 * A single host that does not greet proves nothing. The port counts as closed if hosts of at least two operators were
 * tried and none greeted, and as diverted if all of them greet with the same name: then a machine on the way answers. A
 * source is open if it is open over one family; the node, if every source is.
 */
import type { Knock, WayOutFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';

/** Operators that must have been tried before the port counts as closed or diverted. */
const OPERATORS_MIN = 2;

/** `unclear`: too few hosts could be looked up to tell. */
export type PortState = 'open' | 'closed' | 'unclear';

type Judged = { readonly way: WayOutFacts; readonly state: PortState | 'diverted' };

export function checkPort25(ways: readonly WayOutFacts[]): {
  readonly state: PortState;
  readonly findings: readonly CheckFinding[];
} {
  const sources = Map.groupBy(ways, ({ way }) => `${way.sourceIp} ${way.heloName}`);
  const judged = [...sources.values()].map((ofSource) => ofSource.map((way) => ({ way, state: stateOf(way) })));
  const states = judged.map(sourceState);
  const state = states.includes('closed') ? 'closed' : states.every((one) => one === 'open') ? 'open' : 'unclear';
  return { state, findings: judged.flatMap(findingsOfSource) };
}

/** Without DNS a node finds no mail host at all, and the doctor learns nothing. */
export function checkDns(ways: readonly WayOutFacts[]): CheckFinding {
  const knocks = ways.flatMap((way) => way.knocks.map(({ knock }) => knock));
  if (knocks.some(({ kind }) => kind !== 'unresolved')) return fine('dns', 'The resolvers find mail hosts.');
  const faults = [...new Set(ways.map(faultsOf))].join(', ');
  return fault(
    'dns',
    `None of the largest mail hosts can be looked up (${faults}): the node can look up no mail host, and the other checks here lack their answers.`,
    'Check that the resolvers of PROBE_DNS, or of the system (/etc/resolv.conf), answer: dig MX gmail.com @RESOLVER',
  );
}

function sourceState(families: readonly Judged[]): PortState {
  const states = families.map(({ state }) => state);
  // Diverted over one family: half of the replies about mailboxes come from a machine on the way.
  if (states.includes('diverted')) return 'closed';
  if (states.includes('open')) return 'open';
  return states.every((state) => state === 'closed') ? 'closed' : 'unclear';
}

function stateOf({ knocks }: WayOutFacts): Judged['state'] {
  const tried = knocks.filter(({ knock }) => knock.kind !== 'unresolved');
  const names = tried.flatMap(({ knock }) => (knock.kind === 'greeted' ? [knock.name] : []));
  const given = names.filter((name) => name !== '');
  if (given.length >= OPERATORS_MIN && new Set(given).size === 1) return 'diverted';
  if (names.length > 0) return 'open';
  return tried.length >= OPERATORS_MIN ? 'closed' : 'unclear';
}

function findingsOfSource(families: readonly Judged[]): readonly CheckFinding[] {
  const isOpenElsewhere = families.some(({ state }) => state === 'open');
  return families.map(({ way, state }) => {
    const from = nameOf(way);
    switch (state) {
      case 'open':
        return fine('port_25', `Port 25 is open from ${from}: ${list(way, 'greeted')} greet.`);
      case 'diverted':
        return fault(
          'port_25',
          `A machine between ${from} and the mail servers answers for them: ${list(way, 'greeted')} all greet as ${greetedName(way)}. None of its replies is about a mailbox.`,
          'Ask the hosting provider to end the diversion of outgoing TCP port 25, or move the node.',
        );
      case 'closed':
        return isOpenElsewhere ? halfClosed(way, from) : closed(way, from);
      default:
        return skipped(
          'port_25',
          `It is unknown whether port 25 is open from ${from}: too few mail hosts could be looked up (${faultsOf(way)}).`,
        );
    }
  });
}

function closed(way: WayOutFacts, from: string): CheckFinding {
  const faults = faultsOf(way);
  const detail = `Port 25 is closed from ${from}: ${list(way, 'failed')} cannot be reached (${faults}). Every verdict of this node would be noise, so it serves none.`;
  if (faults.includes('EADDRNOTAVAIL')) {
    return fault(
      'port_25',
      detail,
      `Give this machine the address ${way.way.sourceIp}, or take it out of PROBE_SOURCE_IPS.`,
    );
  }
  return fault(
    'port_25',
    detail,
    'Allow TCP to port 25 in the firewall of this machine and of its network; then ask the hosting provider to open outgoing port 25 for it.',
  );
}

function halfClosed(way: WayOutFacts, from: string): CheckFinding {
  return warning(
    'port_25',
    `Port 25 is closed from ${from} (${faultsOf(way)}); the other family is open, so hosts that have only this family cannot be asked.`,
    `Ask the hosting provider to open outgoing port 25 over IPv${way.way.family}, or remove the IPv${way.way.family} address.`,
  );
}

function nameOf({ way, publicIp }: WayOutFacts): string {
  return way.sourceIp ?? publicIp?.ip ?? `IPv${way.family}`;
}

function list({ knocks }: WayOutFacts, kind: Knock['kind']): string {
  return knocks.flatMap(({ operator, knock }) => (knock.kind === kind ? [operator] : [])).join(', ');
}

function greetedName({ knocks }: WayOutFacts): string {
  const names = knocks.flatMap(({ knock }) => (knock.kind === 'greeted' ? [knock.name] : []));
  return names.find((name) => name !== '') ?? '';
}

function faultsOf({ knocks }: WayOutFacts): string {
  return [...new Set(knocks.flatMap(({ knock }) => (knock.kind === 'greeted' ? [] : [knock.fault])))].join(', ');
}
