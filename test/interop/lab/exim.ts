// Real Exim on one loopback address, with synchronisation enforced as Debian ships it and a moment's delay before the greeting.
//
// Its replies, verbatim:
//   greeting           220 HOST ESMTP Exim 4.96 <date>, after a second; a client that talks in between gets
//                      `554 SMTP synchronization error` and stands in the log as "SMTP protocol synchronization error"
//   known, catch-all   250 Accepted
//   unknown mailbox    550 Unknown user
//   full mailbox       452 4.2.2 <x@d>: mailbox is over quota
//   greylisted         451 127.0.0.1 is not yet authorized to deliver mail from <s> to <x@d>. Please try later.
//   a domain not ours  550 relay not permitted
//   deferringDomains   451 Unknown user, for now
//   requireTls         550 Encryption required  (to MAIL)
//
// Every RCPT is logged: "asked <x@d> from <s> helo NAME tls VERSION".

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from './certificate.ts';
import { labFolder, startChild } from './child.ts';
import { tree } from './debian.ts';
import { isListening } from './port.ts';

const run = promisify(execFile);

export type EximSettings = {
  readonly ip: string;
  readonly port: number;
  readonly hostname: string;
  /** Complete addresses that exist, full ones included. */
  readonly mailboxes: readonly string[];
  readonly fullMailboxes: readonly string[];
  readonly catchAllDomains: readonly string[];
  /** Domains whose known mailboxes are greylisted through the greylistd at `socket`. */
  readonly greylist: { readonly domains: readonly string[]; readonly socket: string };
  /** Domains whose unknown mailboxes are put off instead of refused. */
  readonly deferringDomains?: readonly string[];
  /** Offers STARTTLS with a self-signed certificate, and takes no MAIL without it. */
  readonly requireTls?: boolean;
};

export type Exim = { logs(): string; stop(): Promise<void> };

/** Starts Exim as a daemon in the foreground; resolves when its port takes connections. */
export async function startExim(settings: EximSettings): Promise<Exim> {
  const files = await tree('exim');
  const folder = await labFolder('exim');
  for (const dir of ['spool', 'log']) await mkdir(join(folder.path, dir));
  await run('chown', ['-R', 'Debian-exim:Debian-exim', join(folder.path, 'spool'), join(folder.path, 'log')]);
  await writeFile(join(folder.path, 'mailboxes'), `${settings.mailboxes.join('\n')}\n`);
  await writeFile(join(folder.path, 'full'), `${settings.fullMailboxes.join('\n')}\n`);
  if (settings.requireTls === true) {
    const { keyFile } = await makeCertificate(folder.path, settings.hostname);
    await run('chown', ['Debian-exim', keyFile]);
  }
  await writeFile(join(folder.path, 'exim.conf'), eximConf(folder.path, settings));
  const child = startChild({
    name: 'exim',
    command: files.path('/usr/sbin/exim4'),
    args: ['-C', join(folder.path, 'exim.conf'), '-bdf'],
    env: files.env,
  });
  let lastLog = '';
  const logs = () => {
    for (const name of ['mainlog', 'rejectlog', 'paniclog']) {
      const text = readLog(join(folder.path, 'log', name));
      if (name === 'mainlog') lastLog = text ?? lastLog;
      else if (text !== undefined && name === 'paniclog') lastLog += text;
    }
    return `${lastLog}${child.output()}`;
  };
  const stop = async () => {
    await child.stop();
    logs();
    await folder.remove();
  };
  try {
    await child.ready('listening', () => isListening(settings.ip, settings.port));
  } catch (cause) {
    const said = logs();
    await stop();
    throw new Error(`Exim did not start:\n${said}`, { cause });
  }
  return { logs, stop };
}

function readLog(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not written yet, or removed with the folder
  }
}

function eximConf(folder: string, settings: EximSettings): string {
  return `exim_user = Debian-exim
exim_group = Debian-exim
primary_hostname = ${settings.hostname}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/spool/exim.pid
log_selector = +smtp_connection +smtp_no_mail +smtp_protocol_error +smtp_syntax_error +smtp_incomplete_transaction +smtp_confirmation
host_lookup =
rfc1413_query_timeout = 0s
${settings.requireTls === true ? `tls_certificate = ${folder}/tls.crt\ntls_privatekey = ${folder}/tls.key` : 'tls_advertise_hosts ='}
pipelining_connect_advertise_hosts =
keep_environment =
add_environment = <; PATH=/usr/bin:/bin
local_interfaces = <; ${settings.ip}
daemon_smtp_ports = ${settings.port}
domainlist ours = ${[...domainsOf(settings.mailboxes), ...settings.catchAllDomains].join(' : ')}
domainlist greylisted = ${settings.greylist.domains.join(' : ')}
acl_smtp_connect = connecting
${settings.requireTls === true ? 'acl_smtp_mail = sender' : ''}
acl_smtp_rcpt = recipient
acl_smtp_predata = data

begin acl

connecting:
  accept delay = 1s

sender:
  deny    !encrypted = *
          message = Encryption required
  accept

recipient:
  warn    logwrite = asked <$local_part@$domain> from <$sender_address> helo $sender_helo_name tls \${tls_in_ver}
  deny    message = relay not permitted
          !domains = +ours
  defer   domains = ${(settings.deferringDomains ?? []).join(' : ')}
          !verify = recipient
          message = Unknown user, for now
  require verify = recipient
  defer   condition = \${lookup{$local_part@$domain}lsearch{${folder}/full}{yes}{no}}
          message = 452 4.2.2 <$local_part@$domain>: mailbox is over quota
  defer   domains = +greylisted
          message = $sender_host_address is not yet authorized to deliver mail from <$sender_address> to <$local_part@$domain>. Please try later.
          log_message = greylisted.
          condition = \${readsocket{${settings.greylist.socket}}{--grey $sender_host_address $sender_address $local_part@$domain}{5s}{}{false}}
  accept

data:
  deny    message = the lab takes no mail

begin routers

mailbox:
  driver = accept
  condition = \${lookup{$local_part@$domain}lsearch{${folder}/mailboxes}{yes}{no}}
  transport = nowhere

everybody:
  driver = accept
  domains = ${settings.catchAllDomains.join(' : ')}
  transport = nowhere
  cannot_route_message = Unknown user

begin transports

nowhere:
  driver = appendfile
  file = /dev/null
`;
}

function domainsOf(addresses: readonly string[]): string[] {
  return [...new Set(addresses.map((address) => address.slice(address.indexOf('@') + 1)))];
}
