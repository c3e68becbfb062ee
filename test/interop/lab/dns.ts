// The lab's DNS: nsd holds the zone, dnsdist answers for it as DoH (RFC 8484) over plain http and as plain DNS.
//
// One zone carries every lab domain, so NXDOMAIN and NODATA come with a real SOA. Names in `servfailDomains` (and below) are
// answered SERVFAIL by dnsdist, as a resolver does when it can reach no authority. Nothing outside the zone is resolved:
// dnsdist answers REFUSED, so a query that strays shows up as an error and not as traffic.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labFolder, startChild } from './child.ts';
import { tree } from './debian.ts';
import { freePort, isListening } from './port.ts';

/** Every lab domain ends in this; a reserved name (RFC 2606 §2), and not one of the product's sandbox. */
export const LAB_ZONE = 'interop.example';

export type DnsSettings = {
  /** Resource records in master file form, owner names complete and with the last dot. */
  readonly records: readonly string[];
  readonly servfailDomains: readonly string[];
};

export type Dns = {
  /** For DOH_URLS. */
  readonly dohUrl: string;
  /** `ip:port` for PROBE_DNS. */
  readonly resolver: string;
  logs(): string;
  stop(): Promise<void>;
};

/** Starts both servers; resolves when both answer. */
export async function startDns(settings: DnsSettings): Promise<Dns> {
  const { env, path } = await tree('dns');
  const folder = await labFolder('dns');
  const [authorityPort, plainPort, dohPort] = [await freePort(), await freePort(), await freePort()];
  await mkdir(join(folder.path, 'nsd'));
  await writeFile(join(folder.path, 'zone'), zoneFile(settings.records));
  await writeFile(join(folder.path, 'nsd.conf'), nsdConf(folder.path, authorityPort));
  await writeFile(join(folder.path, 'dnsdist.conf'), dnsdistConf(settings, { authorityPort, plainPort, dohPort }));

  const nsd = startChild({
    name: 'nsd',
    command: path('/usr/sbin/nsd'),
    args: ['-d', '-c', join(folder.path, 'nsd.conf')],
    env,
  });
  const front = startChild({
    name: 'dnsdist',
    command: path('/usr/bin/dnsdist'),
    args: ['--supervised', '--disable-syslog', '-C', join(folder.path, 'dnsdist.conf')],
    env,
  });
  const stop = async () => {
    await Promise.all([front.stop(), nsd.stop()]);
    await folder.remove();
  };
  try {
    await nsd.ready('listening', () => isListening('127.0.0.1', authorityPort));
    await front.ready('listening', () => isListening('127.0.0.1', plainPort));
    await front.ready('a DoH answer', () => answersDoh(`http://127.0.0.1:${dohPort}/dns-query`));
  } catch (cause) {
    const said = `${nsd.output()}\n${front.output()}`;
    await stop();
    throw new Error(`the lab's DNS did not start:\n${said}`, { cause });
  }
  return {
    dohUrl: `http://127.0.0.1:${dohPort}/dns-query`,
    resolver: `127.0.0.1:${plainPort}`,
    logs: () => `${nsd.output()}\n${front.output()}`,
    stop,
  };
}

function zoneFile(records: readonly string[]): string {
  const head = [
    `$ORIGIN ${LAB_ZONE}.`,
    '$TTL 60',
    `@ SOA ns.${LAB_ZONE}. hostmaster.${LAB_ZONE}. 1 3600 600 86400 60`,
    `@ NS ns.${LAB_ZONE}.`,
    'ns A 127.0.0.1',
  ];
  return `${[...head, ...records].join('\n')}\n`;
}

function nsdConf(folder: string, port: number): string {
  return `server:
  ip-address: 127.0.0.1
  port: ${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd/pid"
  xfrdfile: "${folder}/nsd/xfrd.state"
  xfrdir: "${folder}/nsd"
  zonelistfile: "${folder}/nsd/zone.list"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: ${LAB_ZONE}
  zonefile: zone
`;
}

function dnsdistConf(
  settings: DnsSettings,
  ports: { authorityPort: number; plainPort: number; dohPort: number },
): string {
  const servfail = settings.servfailDomains.map((name) => `addAction("${name}.", RCodeAction(DNSRCode.SERVFAIL))`);
  return `setLocal("127.0.0.1:${ports.plainPort}")
addDOHLocal("127.0.0.1:${ports.dohPort}", nil, nil, "/dns-query")
newServer({address="127.0.0.1:${ports.authorityPort}", name="nsd", healthCheckMode="up"})
setACL("127.0.0.0/8")
setSecurityPollSuffix("")
${servfail.join('\n')}
addAction(NotRule(makeRule("${LAB_ZONE}.")), RCodeAction(DNSRCode.REFUSED))
`;
}

async function answersDoh(url: string): Promise<boolean> {
  // The query for the zone's SOA, id 0, as RFC 8484 §4.1 asks of a cacheable GET.
  const name = LAB_ZONE.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const query = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 6, 0, 1]);
  const headers = { accept: 'application/dns-message' };
  const answer = await fetch(`${url}?dns=${query.toString('base64url')}`, { headers }).catch(() => undefined); // not up yet
  if (answer?.ok !== true) return false;
  const message = Buffer.from(await answer.arrayBuffer());
  return message.length > 12 && (message.readUInt8(3) & 0x0f) === 0 && message.readUInt16BE(6) > 0;
}
