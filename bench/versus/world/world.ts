/**
 * The world of the honesty and the behaviour part: every host has an address of its own in 10.64.0.0/10, and one listener
 * on port 25 knows by the address which server it is.
 *
 * Runs inside of a network namespace (versus/run/namespace.ts), in which the whole range is local.
 */
import { once } from 'node:events';
import net from 'node:net';
import { domainToASCII } from 'node:url';
import { type DnsAnswer, type DnsRecord, startDns, type WorldZone } from './dns.ts';
import { ASKER, ZONE } from './names.ts';
import { type Conduct, newConduct, type Script, serve } from './smtp.ts';

type WorldHost = { readonly name: string; readonly preference: number; readonly script: Script | null };

export type WorldDomain = {
  readonly id: string;
  readonly domain: string;
  readonly hosts: readonly WorldHost[];
  /** Answers for the domain itself, by type, in the place of its own. */
  readonly records?: Readonly<Record<string, DnsAnswer>>;
};

export type World = {
  readonly dohUrl: string;
  /** Conduct towards all hosts of a domain, by id. */
  readonly conduct: (id: string) => Conduct;
  /** Connections to the asker's own machine (127.0.0.0/8, port 25): no mail server of anybody. */
  readonly ownMachine: () => number;
};

export async function startWorld(domains: readonly WorldDomain[]): Promise<World> {
  const conducts = new Map(domains.map(({ id }) => [id, newConduct()]));
  const byIp = new Map<string, { readonly script: Script | null; readonly conduct: Conduct }>();
  const names = new Map<string, Readonly<Record<string, DnsAnswer>>>([
    [ASKER, { A: [a('127.0.0.1')], MX: [mx(10, ASKER)] }],
    [`here.loopback-mx.${ZONE}`, { A: [a('127.0.0.1')] }],
  ]);
  let hosts = 0;
  for (const { id, domain: written, hosts: own, records } of domains) {
    const domain = domainToASCII(written);
    const places = own.map((host) => ({
      ...host,
      name: host.name === '' ? domain : `${host.name}.${domain}`,
      ip: ipOf(hosts++, host.script !== null),
    }));
    for (const { name, ip, script } of places) {
      names.set(name, { A: [a(ip)] });
      byIp.set(ip, { script, conduct: conducts.get(id) ?? newConduct() });
    }
    const first = places[0];
    // The target of an alias is the host itself.
    if (first !== undefined)
      names.set(`alias.${domain}`, { A: [cname(first.name)], AAAA: [cname(first.name)], CNAME: [cname(first.name)] });
    names.set(domain, {
      ...names.get(domain),
      MX: places.map(({ name, preference }) => mx(preference, name)),
      ...records,
    });
  }
  const zone: WorldZone = (name, type) => {
    const known = names.get(name);
    if (known === undefined) return 'no_such_name';
    const answer = known[type] ?? 'none';
    return Array.isArray(answer) && answer.length === 0 ? 'none' : answer;
  };
  const { dohUrl } = await startDns(zone);
  let ownMachine = 0;
  const server = net.createServer((socket) => {
    const ip = socket.localAddress ?? '';
    const place = byIp.get(ip);
    if (place !== undefined && place.script !== null) return serve(socket, place.script, place.conduct);
    if (!ip.startsWith('127.')) return socket.resetAndDestroy();
    ownMachine += 1;
    serve(socket, { knows: 'everybody' }, newConduct());
  });
  server.listen({ port: 25, host: '0.0.0.0', backlog: 1024 });
  await once(server, 'listening');
  return { dohUrl, conduct: (id) => conducts.get(id) ?? newConduct(), ownMachine: () => ownMachine };
}

/** The network of hosts that cannot be reached: versus/run/namespace.ts makes it unreachable. */
function ipOf(index: number, isReachable: boolean): string {
  return `10.${isReachable ? 77 : 127}.${Math.floor(index / 200)}.${1 + (index % 200)}`;
}

function a(data: string): DnsRecord {
  return { type: 'A', data };
}

function cname(data: string): DnsRecord {
  return { type: 'CNAME', data };
}

function mx(preference: number, exchange: string): DnsRecord {
  return { type: 'MX', data: { preference, exchange } };
}
