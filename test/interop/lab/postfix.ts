// Real Postfix on one loopback address: postscreen with its greet test in front, smtpd behind it.
// Its own configuration, queue, data and log live in a temporary folder; `master` runs in the foreground as our child
// and takes its daemons along when it ends. Loopback clients get no favours: they are in no trusted network and no
// cache.
// Its replies, verbatim (HOST is postfix.interop.example):
//   connect            `220-HOST ESMTP` at once, `220 HOST ESMTP` after the greet wait; a client that talks in between is
//                      logged as PREGREET and gets `550 5.5.1 Protocol error` for its RCPT
//   unknown mailbox    550 5.1.1 <x@d>: Recipient address rejected: User unknown in virtual mailbox table
//   full mailbox       452 4.2.2 <x@d>: Recipient address rejected: Mailbox full
//   known, catch-all   250 2.1.5 Ok
//   greylisted         450 4.2.0 <x@d>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/d.html
//   a domain not ours  554 5.7.1 <x@d>: Relay access denied
//   requireTls         530 5.7.0 Must issue a STARTTLS command first  (to MAIL)
//   deepTests, new     450 4.3.2 Service currently unavailable  (to RCPT; the next connection is let through)
//   refusedHelos       554 5.7.1 <probe.example>: Helo command rejected: Access denied  (to EHLO, or to RCPT)
//   defersUnknown      450 4.1.1 <x@d>: Recipient address rejected: User unknown in virtual mailbox table
// Every RCPT that gets as far as the recipient restrictions is logged: "info: RCPT from ...: Recipient address asked".

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificate } from './certificate.ts';
import { labFolder, startChild } from './child.ts';
import { type Tree, tree } from './debian.ts';
import { isListening } from './port.ts';
import { layOutPostfix, lines } from './postfix-layout.ts';

export type PostfixSettings = {
  readonly ip: string;
  readonly port: number;
  readonly hostname: string;
  /** Complete addresses that exist, and `@domain` for a domain that accepts every name. Their domains are served. */
  readonly mailboxes: readonly string[];
  /** Complete addresses that exist and are over quota. */
  readonly fullMailboxes?: readonly string[];
  /** Domains greylisted by the policy server at `policy`. Unknown mailboxes are refused first. */
  readonly greylist?: { readonly domains: readonly string[]; readonly policy: string };
  /** How long postscreen holds back the last greeting line; 0 puts smtpd on the port with no postscreen. */
  readonly greetWaitSeconds?: number;
  /** postscreen's tests after the greeting: pipelining, non-SMTP command, bare newline. */
  readonly deepTests?: boolean;
  /** Demands STARTTLS before MAIL, and offers it with a self-signed certificate. */
  readonly requireTls?: boolean;
  /** smtpd_soft_error_limit and smtpd_hard_error_limit. */
  readonly errorLimits?: { readonly soft: number; readonly hard: number };
  /** EHLO names that are refused: to EHLO itself (smtpd_delay_reject = no), or to RCPT, as Postfix does by default. */
  readonly refusedHelos?: { readonly names: readonly string[]; readonly at: 'ehlo' | 'rcpt' };
  /** Defers unknown mailboxes (unknown_virtual_mailbox_reject_code = 450) instead of refusing them. */
  readonly defersUnknown?: boolean;
};

export type Postfix = { logs(): string; stop(): Promise<void> };

/** Starts Postfix; resolves when its port takes connections. */
export async function startPostfix(settings: PostfixSettings): Promise<Postfix> {
  const files = await tree('postfix');
  const folder = await labFolder('postfix');
  const config = await layOut(folder.path, files, settings);
  const child = startChild({
    name: `postfix ${settings.ip}`,
    command: files.path('/usr/lib/postfix/sbin/master'),
    args: ['-c', config, '-d'],
    env: { ...files.env, MAIL_CONFIG: config },
  });
  const log = join(folder.path, 'mail.log');
  let lastLog = '';
  const logs = () => {
    try {
      lastLog = readFileSync(log, 'utf8');
    } catch {
      // Not written yet, or removed by stop(): keep the last contents.
    }
    return lastLog;
  };
  const stop = async () => {
    await child.stop();
    logs();
    await folder.remove();
  };
  try {
    await child.ready('listening', () => isListening(settings.ip, settings.port));
  } catch (cause) {
    await stop();
    throw new Error(`Postfix did not start:\n${logs()}`, { cause });
  }
  return { logs, stop };
}

async function layOut(folder: string, files: Tree, settings: PostfixSettings): Promise<string> {
  const parameters = parametersOf(folder, settings);
  const config = await layOutPostfix(folder, files, { parameters, services: servicesOf(settings) });
  if (settings.requireTls === true) await makeCertificate(config, settings.hostname);
  await writeFile(join(config, 'mailboxes'), lines(existing(settings).map((address) => `${address} ok`)));
  const full = (settings.fullMailboxes ?? []).map((address) => `${address} 452 4.2.2 Mailbox full`);
  await writeFile(join(config, 'full'), lines(full));
  await writeFile(
    join(config, 'greylist'),
    lines((settings.greylist?.domains ?? []).map((domain) => `${domain} greylist`)),
  );
  await writeFile(join(config, 'helos'), lines((settings.refusedHelos?.names ?? []).map((name) => `${name} REJECT`)));
  return config;
}

function parametersOf(folder: string, settings: PostfixSettings): Readonly<Record<string, string>> {
  const config = join(folder, 'config');
  const domains = [...new Set(existing(settings).map((address) => address.slice(address.indexOf('@') + 1)))];
  return {
    myhostname: settings.hostname,
    mynetworks: '192.0.2.1/32',
    inet_protocols: settings.ip.includes(':') ? 'all' : 'ipv4',
    smtpd_banner: '$myhostname ESMTP',
    smtpd_peername_lookup: 'no',
    smtputf8_enable: 'yes',
    local_recipient_maps: '',
    virtual_mailbox_domains: domains.join(' '),
    virtual_mailbox_maps: `texthash:${config}/mailboxes`,
    virtual_transport: 'discard:',
    smtpd_relay_restrictions: 'reject_unauth_destination',
    smtpd_recipient_restrictions: `check_recipient_access static:{INFO asked}, check_recipient_access texthash:${config}/full, reject_unlisted_recipient, check_recipient_access texthash:${config}/greylist, permit`,
    smtpd_restriction_classes: 'greylist',
    greylist: settings.greylist === undefined ? 'permit' : `check_policy_service inet:${settings.greylist.policy}`,
    postscreen_access_list: '',
    postscreen_greet_wait: `${settings.greetWaitSeconds ?? 0}s`,
    postscreen_greet_banner: '$smtpd_banner',
    postscreen_greet_action: 'enforce',
    // The shortest memory that can be configured, so that every session is tested and not only the first.
    postscreen_greet_ttl: '1s',
    postscreen_cache_map: `btree:${folder}/data/postscreen_cache`,
    ...(settings.deepTests === true ? deepTests : {}),
    ...(settings.errorLimits === undefined ? {} : errorLimits(settings.errorLimits)),
    ...(settings.requireTls === true ? tls(config) : {}),
    ...(settings.refusedHelos === undefined ? {} : refusedHelos(config, settings.refusedHelos.at)),
    ...(settings.defersUnknown === true ? { unknown_virtual_mailbox_reject_code: '450' } : {}),
  };
}

const deepTests = {
  postscreen_pipelining_enable: 'yes',
  postscreen_pipelining_action: 'enforce',
  postscreen_non_smtp_command_enable: 'yes',
  postscreen_non_smtp_command_action: 'enforce',
  postscreen_bare_newline_enable: 'yes',
  postscreen_bare_newline_action: 'enforce',
};

function errorLimits(limits: { readonly soft: number; readonly hard: number }) {
  return { smtpd_soft_error_limit: String(limits.soft), smtpd_hard_error_limit: String(limits.hard) };
}

function tls(config: string) {
  return {
    smtpd_tls_security_level: 'encrypt',
    smtpd_tls_cert_file: `${config}/tls.crt`,
    smtpd_tls_key_file: `${config}/tls.key`,
    smtpd_tls_loglevel: '1',
    tls_random_source: 'dev:/dev/urandom',
  };
}

function refusedHelos(config: string, at: 'ehlo' | 'rcpt') {
  return {
    smtpd_helo_restrictions: `check_helo_access texthash:${config}/helos`,
    smtpd_delay_reject: at === 'rcpt' ? 'yes' : 'no',
  };
}

function servicesOf(settings: PostfixSettings): readonly string[] {
  const port = `${settings.ip.includes(':') ? `[${settings.ip}]` : settings.ip}:${settings.port}`;
  const front =
    (settings.greetWaitSeconds ?? 0) > 0
      ? [`${port} inet n - n - 1 postscreen`, 'smtpd pass - - n - - smtpd']
      : [`${port} inet n - n - - smtpd`];
  return [...front, 'dnsblog unix - - n - 0 dnsblog', 'tlsproxy unix - - n - 0 tlsproxy', 'anvil unix - - n - 1 anvil'];
}

function existing(settings: PostfixSettings): readonly string[] {
  return [...settings.mailboxes, ...(settings.fullMailboxes ?? [])];
}
