/**
 * Checks that the address, its reverse name and the EHLO name agree. Pure. Forward-confirmed reverse DNS as receivers
 * check it: PTR of the address (RFC 1912 §2.1), A or AAAA of that name, and an EHLO name that is a host's own (RFC 5321
 * §4.1.1.1, §2.3.5). Also checks the reverse name for signs of the kind of network.
 */
import { REVERSE_NAME_HINTS } from '../data/reverse-names.ts';
import { recordsOf } from '../dns-answer.ts';
import type { WayOutFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';
import { isSameIp } from '../ip.ts';

export function checkPublicIp({ way, knocks, publicIp }: WayOutFacts): CheckFinding {
  if (publicIp === null || publicIp.from === 'name') {
    const isConnected = knocks.some(({ knock }) => knock.kind === 'greeted');
    const why = isConnected
      ? 'this machine has a private address behind NAT'
      : 'no connection to a mail server succeeded';
    const presumed = publicIp === null ? '' : `; assumed to be ${publicIp.ip}, because ${way.heloName} points to it`;
    return warning(
      'public_ip',
      `The IPv${way.family} address that mail servers see is unknown: ${why}${presumed}.`,
      `Give the machine its public address, or make sure that ${way.heloName} points to the address of the NAT.`,
    );
  }
  return fine('public_ip', `Mail servers see ${publicIp.ip} (from the ${publicIp.from}).`);
}

export function checkHostName(facts: WayOutFacts): CheckFinding {
  const { way, publicIp, forward, reverse } = facts;
  if (publicIp === null || reverse === null) return skipped('host_name', 'The public address is unknown.');
  const { ip } = publicIp;
  // IPv4 is tried first, so a machine with both families asks few servers over IPv6.
  const wrong = way.sourceIp === null && way.family === 6 ? warning : fault;
  const record = `${way.heloName}. ${way.family === 4 ? 'A' : 'AAAA'} ${ip}`;
  const setReverse = `In the panel of the hosting provider that gave you the address, set the reverse name of ${ip} to ${way.heloName}`;
  const failed = [forward, reverse].find((lookup) => lookup.kind === 'failed');
  if (failed?.kind === 'failed') {
    return warning(
      'host_name',
      `The names of ${ip} could not be looked up (${failed.fault}).`,
      'Check that the resolvers answer.',
    );
  }
  if (!recordsOf(forward).some((address) => isSameIp(address, ip))) {
    const points = recordsOf(forward).join(', ') || 'nothing';
    return wrong(
      'host_name',
      `The EHLO name ${way.heloName} points to ${points} and not to ${ip}: receivers assume that the node lies about its name.`,
      `Add the DNS record: ${record}`,
    );
  }
  const names = recordsOf(reverse);
  if (names.length === 0) {
    return wrong(
      'host_name',
      `${ip} has no reverse name: Google, Microsoft and many others refuse such addresses.`,
      `${setReverse}.`,
    );
  }
  const confirmed = names.filter((name) => pointsBack(facts, name, ip));
  if (confirmed.length === 0) {
    return wrong(
      'host_name',
      `The reverse name of ${ip} is ${names.join(', ')}, which does not point back to it: receivers treat that as no reverse name.`,
      `${setReverse}, which points back already.`,
    );
  }
  if (!confirmed.includes(way.heloName.toLowerCase())) {
    return warning(
      'host_name',
      `The node's EHLO name is ${way.heloName}, and the reverse name of ${ip} is ${confirmed.join(', ')}: stricter receivers require equal names.`,
      `${setReverse}, or set PROBE_HELO (PROBE_SOURCE_IPS) to ${confirmed[0]}.`,
    );
  }
  return fine('host_name', `${ip} and ${way.heloName} point to each other, and the node uses that name in EHLO.`);
}

function pointsBack({ confirmed }: WayOutFacts, name: string, ip: string): boolean {
  const lookup = confirmed.get(name);
  return lookup !== undefined && recordsOf(lookup).some((address) => isSameIp(address, ip));
}

/** Kind of network by the reverse name; a name of the operator's own says nothing. */
export function checkNetworkRange({ way, publicIp, reverse }: WayOutFacts): CheckFinding {
  if (publicIp === null || reverse === null) return skipped('network_range', 'The public address is unknown.');
  const strange = recordsOf(reverse).filter((name) => name !== way.heloName.toLowerCase());
  for (const { name: pattern, detail, fix } of REVERSE_NAME_HINTS) {
    const name = strange.find((reverseName) => pattern.test(reverseName));
    if (name !== undefined)
      return warning('network_range', `The reverse name of ${publicIp.ip} is ${name}: ${detail}.`, fix);
  }
  return fine(
    'network_range',
    `The reverse name of ${publicIp.ip} is not that of an end user or of a cloud that closes port 25.`,
  );
}
