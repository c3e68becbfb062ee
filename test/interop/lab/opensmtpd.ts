// Real OpenSMTPD on one loopback address. It offers no PIPELINING and answers a client that pipelines all the same with
// `500 5.5.1 ...: Pipelining not supported`, hanging up on it.
//
// Its spool, socket and jail have names fixed at compile time under /var and /run. It therefore runs in a mount namespace of
// its own with those folders empty; where the machine allows no namespaces, it uses the real ones.
// It has no greylisting of its own, and Debian packages no filter that has; a mailbox refused as a greylist would refuse it,
// in OpenBSD spamd's words, stands in. That refusal never ends.
//
// Its replies, verbatim:
//   greeting           220 HOST ESMTP OpenSMTPD
//   known, catch-all   250 2.1.5 Destination address valid: Recipient ok
//   unknown mailbox    550 Invalid recipient: <x@d>, where recipients are matched one by one
//                      524 5.2.4 Mailing list expansion problem: <x@d>, where the domain is taken whole and a virtual table decides
//   full mailbox       452 4.2.2 Mailbox full
//   "greylisted"       451 Temporary failure, please try again later.
//   a domain not ours  550 Invalid recipient: <x@d>
//   requireTls         530 5.5.1 Invalid command: Must issue a STARTTLS command first  (to MAIL)

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from './certificate.ts';
import { labFolder, startChild } from './child.ts';
import { tree } from './debian.ts';
import { isListening } from './port.ts';

const run = promisify(execFile);

export type OpensmtpdSettings = {
  readonly ip: string;
  readonly port: number;
  readonly hostname: string;
  /** Complete addresses that exist, full and deferred ones included. */
  readonly mailboxes: readonly string[];
  /** Mailboxes of domains that are taken whole, their names looked up in a virtual table afterwards. */
  readonly virtualMailboxes: readonly string[];
  readonly fullMailboxes: readonly string[];
  readonly deferredMailboxes: readonly string[];
  readonly catchAllDomains: readonly string[];
  /**
   * Takes no MAIL without STARTTLS, which it offers and then fails at: Debian 12's 6.8.0p2 cannot sign under OpenSSL 3
   * (OpenSMTPD issues 1171 and 1239).
   */
  readonly requireTls?: boolean;
};

export type Opensmtpd = { logs(): string; stop(): Promise<void> };

/** Starts smtpd in the foreground; resolves when its port takes connections. */
export async function startOpensmtpd(settings: OpensmtpdSettings): Promise<Opensmtpd> {
  const files = await tree('opensmtpd');
  const folder = await labFolder('opensmtpd');
  await layOut(folder.path, settings);
  const isolated = await run('unshare', ['--mount', 'true']).then(
    () => true,
    () => false, // no right to make namespaces here
  );
  const empty = isolated ? 'for dir in /var/spool /var/lib /run; do mount -t tmpfs tmpfs $dir; done;' : '';
  const script = `set -e; ${empty} mkdir -p -m 0711 /var/spool/smtpd /var/lib/opensmtpd/empty; exec "$0" "$@"`;
  const program = [
    '/bin/sh',
    '-c',
    script,
    files.path('/usr/sbin/smtpd'),
    '-d',
    '-T',
    'smtp',
    '-f',
    join(folder.path, 'smtpd.conf'),
  ];
  const [command = '', ...args] = isolated ? ['unshare', '--mount', '--propagation', 'private', ...program] : program;
  const child = startChild({ name: 'opensmtpd', command, args, env: files.env });
  const stop = async () => {
    await child.stop();
    await folder.remove();
  };
  try {
    await child.ready('listening', () => isListening(settings.ip, settings.port));
  } catch (cause) {
    await stop();
    throw cause;
  }
  return { logs: () => child.output(), stop };
}

const NO_CERTIFICATE = { certFile: '', keyFile: '' };

async function layOut(folder: string, settings: OpensmtpdSettings): Promise<void> {
  const { mailboxes, virtualMailboxes, catchAllDomains } = settings;
  const virtualDomains = virtualMailboxes.map((address) => address.slice(address.indexOf('@') + 1));
  const owned = [...mailboxes, ...virtualMailboxes, ...catchAllDomains.map((domain) => `@${domain}`)];
  const tables = {
    domains: [...new Set([...virtualDomains, ...catchAllDomains])],
    recipients: mailboxes,
    mailboxes: owned.map((address) => `${address} nobody`),
    full: settings.fullMailboxes,
    deferred: settings.deferredMailboxes,
  };
  // In files, because a table written into smtpd.conf may not be empty.
  for (const [name, rows] of Object.entries(tables)) await writeFile(join(folder, name), `${rows.join('\n')}\n`);
  await mkdir(join(folder, 'mail'));
  const isTls = settings.requireTls === true;
  const { certFile, keyFile } = isTls ? await makeCertificate(folder, settings.hostname) : NO_CERTIFICATE;
  await writeFile(
    join(folder, 'smtpd.conf'),
    `${Object.keys(tables)
      .map((name) => `table ${name} file:${folder}/${name}`)
      .join('\n')}
filter full phase rcpt-to match rcpt-to <full> reject "452 4.2.2 Mailbox full"
filter deferred phase rcpt-to match rcpt-to <deferred> reject "451 Temporary failure, please try again later."
filter mailboxes chain { full, deferred }
${isTls ? `pki lab cert "${certFile}"\npki lab key "${keyFile}"` : ''}
listen on ${settings.ip} port ${settings.port} ${isTls ? 'tls-require pki lab' : ''} hostname ${settings.hostname} filter mailboxes
action "keep" maildir "${folder}/mail" virtual <mailboxes>
match from any for rcpt-to <recipients> action "keep"
match from any for domain <domains> action "keep"
`,
  );
}
