/**
 * One examination: gathers the facts over every way out of the node, and has them judged.
 *
 *   mail hosts of others    port 25, a greeting and QUIT (knock.ts)
 *   DNS                     names of our addresses, our sender's domain, blocklists (look-up.ts, spf.ts)
 *   the edge, PROBE_URL     keys, time, certificate (ask-edge.ts, look-at-certificate.ts)
 *
 * Third parties are asked for DNS answers and their own greeting only. Everything is bounded by counts and time; a fact
 * that could not be learnt is a fact too. A mail host is tried only if a job could connect to it as well
 * (smtp/public-ip.ts).
 */
import type { NodeSettings } from '../settings.ts';
import type { SocketAddress } from '../smtp/dial.ts';
import { isAllowedTarget } from '../smtp/public-ip.ts';
import { addressSeen, askEdge } from './ask-edge.ts';
import { type Examination, judgeFacts } from './checks.ts';
import { BLOCKLISTS, type Blocklist, LISTED_TEST_ADDRESS, UNLISTED_TEST_ADDRESS } from './data/blocklists.ts';
import { PORT_TARGETS } from './data/port-25-hosts.ts';
import { type DnsFact, type MxFact, recordsOf } from './dns-answer.ts';
import type { KnockAt, ListAccess, OutgoingPath, PublicIp, SenderFacts, WayOutFacts } from './facts.ts';
import { reversedLabels } from './ip.ts';
import { knock } from './knock.ts';
import { lookAtCertificate } from './look-at-certificate.ts';
import { createLookUp, type LookUp } from './look-up.ts';
import { evaluateSpf } from './spf.ts';

/** Hosts of one operator, and reverse names of one address, that are examined. */
const HOSTS_MAX = 2;
const REVERSE_NAMES_MAX = 5;
/** Ways out that are examined concurrently. */
const WAYS_AT_ONCE = 8;

export type ExamineSettings = Pick<
  NodeSettings,
  'sources' | 'mailFrom' | 'dnsServers' | 'smtpPort' | 'allowedNetworks' | 'edge' | 'url'
>;

export type ExaminePorts = {
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Addresses of this machine. */
  readonly localAddresses: () => readonly string[];
};

/** Never rejects because of its findings; aborting the signal ends it soon, with the facts known by then. */
export type Examine = (signal: AbortSignal) => Promise<Examination>;

type Targets = readonly { readonly operator: string; readonly mx: DnsFact<MxFact> }[];

export function createExamine(settings: ExamineSettings, { nowMs, localAddresses }: ExaminePorts): Examine {
  const lookUp = createLookUp(settings.dnsServers);
  return async (signal) => {
    const targets = await Promise.all(
      PORT_TARGETS.map(async ({ domain, operator }) => ({ operator, mx: await lookUp.mx(domain) })),
    );
    const [ways, lists, edge, certificate] = await Promise.all([
      inTurns(waysOut(settings, localAddresses()), (way) => lookAtWay(way, settings, targets, lookUp, signal)),
      Promise.all(BLOCKLISTS.map((list) => accessOf(list, lookUp))),
      askEdge(settings.edge, nowMs),
      lookAtCertificate(settings.url, nowMs()),
    ]);
    const senders = await Promise.all(sendersOf(ways, settings).map((sender) => lookAtSender(sender, lookUp)));
    return judgeFacts({ ways, senders, lists, edge, certificate });
  };
}

/** A source of the system's choice uses IPv4, and IPv6 too if the machine has a public address of it. */
function waysOut(settings: ExamineSettings, locals: readonly string[]): readonly OutgoingPath[] {
  const hasIpv6 = locals.some((ip) => ip.includes(':') && isAllowedTarget(ip, []));
  return settings.sources.flatMap(({ ip: sourceIp, heloName }): readonly OutgoingPath[] => {
    const families = sourceIp === null ? ([4, ...(hasIpv6 ? [6] : [])] as const) : [sourceIp.includes(':') ? 6 : 4];
    return families.map((family) => ({ sourceIp, family: family === 6 ? 6 : 4, heloName }));
  });
}

async function inTurns<T, R>(items: readonly T[], look: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += WAYS_AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + WAYS_AT_ONCE).map(look))));
  }
  return results;
}

async function lookAtWay(
  way: OutgoingPath,
  settings: ExamineSettings,
  targets: Targets,
  lookUp: LookUp,
  signal: AbortSignal,
): Promise<WayOutFacts> {
  const [forward, ...knocks] = await Promise.all([
    lookUp.addresses(way.heloName, way.family),
    ...targets.map((target) => knockAt(target, way, settings, lookUp, signal)),
  ]);
  const publicIp = await publicIpOf(way, knocks, forward, settings);
  const none = { way, knocks, publicIp, forward, reverse: null, confirmed: new Map(), listings: [] };
  if (publicIp === null) return none;
  const [reverse, listings] = await Promise.all([
    lookUp.ptr(publicIp.ip),
    Promise.all(
      BLOCKLISTS.filter(({ families }) => families.includes(way.family)).map(async (list) => ({
        list,
        codes: await askList(list, publicIp.ip, lookUp),
      })),
    ),
  ]);
  const names = recordsOf(reverse).slice(0, REVERSE_NAMES_MAX);
  const confirmed = await Promise.all(
    names.map(async (name) => [name, await lookUp.addresses(name, way.family)] as const),
  );
  return { ...none, reverse, listings, confirmed: new Map(confirmed) };
}

/** The first hosts of an operator that have addresses, by preference (RFC 5321 §5.1). */
async function knockAt(
  { operator, mx }: Targets[number],
  way: OutgoingPath,
  settings: ExamineSettings,
  lookUp: LookUp,
  signal: AbortSignal,
): Promise<KnockAt> {
  if (mx.kind !== 'records') {
    return { operator, knock: { kind: 'unresolved', fault: mx.kind === 'failed' ? mx.fault : 'no_mx' } };
  }
  const hosts = [...mx.records].sort((a, b) => a.preference - b.preference).slice(0, HOSTS_MAX);
  const lookups = await Promise.all(hosts.map(({ host }) => lookUp.addresses(host, way.family)));
  const addresses: readonly SocketAddress[] = lookups
    .flatMap(recordsOf)
    .filter((ip) => isAllowedTarget(ip, settings.allowedNetworks))
    .map((ip) => ({ ip, port: settings.smtpPort }));
  if (addresses.length === 0) {
    const failed = lookups.find((lookup) => lookup.kind === 'failed');
    return { operator, knock: { kind: 'unresolved', fault: failed?.fault ?? 'no_address' } };
  }
  return { operator, knock: await knock(addresses, way.sourceIp, signal) };
}

/** The address of the socket if it is public; else the address seen by the edge; else that of our own name. */
async function publicIpOf(
  way: OutgoingPath,
  knocks: readonly KnockAt[],
  forward: DnsFact<string>,
  settings: ExamineSettings,
): Promise<PublicIp | null> {
  const isPublic = (ip: string | null): ip is string => ip !== null && isAllowedTarget(ip, settings.allowedNetworks);
  const locals = knocks.map(({ knock: { kind, ...rest } }) => ('localIp' in rest ? rest.localIp : null));
  const own = [way.sourceIp, ...locals].find(isPublic);
  if (own !== undefined) return { ip: own, from: 'socket' };
  const seen = await addressSeen(settings.edge, way);
  if (isPublic(seen)) return { ip: seen, from: 'edge' };
  const [named] = recordsOf(forward).filter(isPublic);
  return named === undefined ? null : { ip: named, from: 'name' };
}

function askList({ zone }: Blocklist, ip: string, lookUp: LookUp): Promise<DnsFact<string>> {
  return lookUp.addresses(`${reversedLabels(ip)}.${zone}`, 4);
}

async function accessOf(list: Blocklist, lookUp: LookUp): Promise<ListAccess> {
  const [listed, unlisted] = await Promise.all([
    askList(list, LISTED_TEST_ADDRESS, lookUp),
    askList(list, UNLISTED_TEST_ADDRESS, lookUp),
  ]);
  return { list, listed, unlisted };
}

type Sender = { readonly domain: string; readonly takesMail: boolean; readonly ips: readonly string[] };

/** The sender domains of the node, each with the addresses that send for it. */
function sendersOf(ways: readonly WayOutFacts[], { mailFrom }: ExamineSettings): readonly Sender[] {
  const domain = mailFrom?.split('@').at(-1) ?? '';
  const byDomain = Map.groupBy(ways, ({ way }) => (domain === '' ? way.heloName : domain).toLowerCase());
  return [...byDomain].map(([name, ofDomain]) => ({
    domain: name,
    takesMail: mailFrom !== '',
    ips: [...new Set(ofDomain.flatMap(({ publicIp }) => publicIp?.ip ?? []))],
  }));
}

async function lookAtSender({ domain, takesMail, ips }: Sender, lookUp: LookUp): Promise<SenderFacts> {
  const [mx, ipv4, ipv6, spf] = await Promise.all([
    lookUp.mx(domain),
    lookUp.addresses(domain, 4),
    lookUp.addresses(domain, 6),
    Promise.all(ips.map(async (ip) => ({ ip, result: await evaluateSpf(domain, ip, lookUp) }))),
  ]);
  return { domain, takesMail, mx, addresses: ipv4.kind === 'records' ? ipv4 : ipv6, spf };
}
