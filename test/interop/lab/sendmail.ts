// Real Sendmail on one loopback address, with a greeting pause: a client that talks during it is refused.
// Configured from Debian's own m4 files; aliases are its mailboxes. It keeps no log without a syslog, so it runs with
// -X, which writes the whole conversation, one line a command, `<<<` from the client and `>>>` to it. Debian 12
// packages no greylisting milter for it (milter-greylist is gone); a mailbox deferred in that milter's words stands in.
// That refusal never ends.
// Its replies, verbatim:
//   greeting           220 HOST ESMTP Sendmail 8.17.1.9/8.17.1.9; <date>
//   known              250 2.1.5 <x@d>... Recipient ok
//   catch-all          250 2.1.5 <x@d>... Recipient ok
//   unknown mailbox    550 5.1.1 <x@d>... User unknown
//   full mailbox       452 4.2.2 <x@d>... Mailbox full
//   "greylisted"       451 4.7.1 Greylisting in action, please come back in 00:05:00
//   early talker       554 HOST ESMTP not accepting messages, in place of the greeting; then 550 5.0.0 Command rejected
//   a domain not ours  250 2.1.5 <x@d>... Recipient ok: it relays for loopback
// Names of the machine’s own accounts (such as root) are mailboxes as well.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { labFolder, startChild } from './child.ts';
import { type Tree, tree } from './debian.ts';
import { isListening } from './port.ts';

const run = promisify(execFile);

export type SendmailSettings = {
  readonly ip: string;
  readonly port: number;
  readonly hostname: string;
  /** The one domain whose mailboxes are listed. */
  readonly domain: string;
  /** Local parts that exist in `domain`, full ones included. */
  readonly mailboxes: readonly string[];
  readonly fullMailboxes: readonly string[];
  readonly deferredMailboxes?: readonly string[];
  readonly catchAllDomain: string;
};

export type Sendmail = { logs(): string; stop(): Promise<void> };

/** Starts sendmail as a daemon in the foreground; resolves when its port takes connections. */
export async function startSendmail(settings: SendmailSettings): Promise<Sendmail> {
  const files = await tree('sendmail');
  const folder = await labFolder('sendmail');
  await layOut(folder.path, files, settings);
  const traffic = join(folder.path, 'traffic');
  const program = [
    files.path('/usr/libexec/sendmail/sendmail'),
    '-C',
    join(folder.path, 'sendmail.cf'),
    '-X',
    traffic,
    '-bD',
  ];
  // Before it reads any configuration it wants a machine name with a dot, and sleeps a minute in the hope that one turns up.
  const named = ['--uts', '/bin/sh', '-c', 'hostname "$0"; exec "$@"', settings.hostname, ...program];
  const [command = '', ...args] = (await mayUnshare()) ? ['unshare', ...named] : program;
  const child = startChild({ name: 'sendmail', command, args, env: files.env });
  let lastLog = '';
  const logs = () => {
    try {
      lastLog = readFileSync(traffic, 'utf8');
    } catch {
      // Empty so far, or the folder is gone: keep the last contents.
    }
    return `${lastLog}${child.output()}`;
  };
  const stop = async () => {
    await child.stop();
    logs();
    await folder.remove();
  };
  try {
    await child.ready('listening', () => isListening(settings.ip, settings.port), 90_000);
  } catch (cause) {
    const said = logs();
    await stop();
    throw new Error(`Sendmail did not start:\n${said}`, { cause });
  }
  return { logs, stop };
}

function mayUnshare(): Promise<boolean> {
  return run('unshare', ['--uts', 'true']).then(
    () => true,
    () => false, // no right to make namespaces here: the minute is waited for
  );
}

async function layOut(folder: string, files: Tree, settings: SendmailSettings): Promise<void> {
  await mkdir(join(folder, 'queue'), { mode: 0o700 });
  const { domain } = settings;
  const full = settings.fullMailboxes.map(
    (name) => `To:${name}@${domain}\tERROR:4.2.2:"452 <${name}@${domain}>... Mailbox full"`,
  );
  const deferred = (settings.deferredMailboxes ?? []).map(
    (name) => `To:${name}@${domain}\tERROR:4.7.1:"451 Greylisting in action, please come back in 00:05:00"`,
  );
  await writeFile(join(folder, 'sendmail.mc'), macros(folder, settings));
  await writeFile(join(folder, 'service.switch'), 'hosts files\naliases files\n');
  const m4 = [`-D_CF_DIR_=${files.path('/usr/share/sendmail/cf')}/`, files.path('/usr/share/sendmail/cf/m4/cf.m4')];
  const { stdout } = await run(files.path('/usr/bin/m4'), [...m4, join(folder, 'sendmail.mc')], { env: files.env });
  await writeFile(join(folder, 'sendmail.cf'), stdout);
  await database(files, folder, 'access', [...full, ...deferred]);
  await database(files, folder, 'virtual', [`@${settings.catchAllDomain}\tnobody`]);
  // The row of two @ marks the aliases as complete; without it every look-up waits ten minutes for their completion.
  const aliases = settings.mailboxes.map((name) => `${name}\tnobody`);
  await database(files, folder, 'aliases', ['@\t@', ...aliases], '-N'); // keys end in NUL, as in every aliases file
}

async function database(files: Tree, folder: string, name: string, rows: readonly string[], form = ''): Promise<void> {
  await writeFile(join(folder, name), `${rows.join('\n')}\n`);
  const script = 'cd "$1" && "$0" $3 -C sendmail.cf hash "$2" < "$2"';
  await run('/bin/sh', ['-c', script, files.path('/usr/libexec/sendmail/makemap'), folder, name, form], {
    env: files.env,
  });
}

function macros(folder: string, settings: SendmailSettings): string {
  return `OSTYPE(\`linux')dnl
define(\`confDOMAIN_NAME', \`${settings.hostname}')dnl
define(\`confPID_FILE', \`${folder}/sendmail.pid')dnl
define(\`QUEUE_DIR', \`${folder}/queue')dnl
define(\`STATUS_FILE', \`${folder}/statistics')dnl
define(\`HELP_FILE', \`${folder}/help')dnl
define(\`ALIAS_FILE', \`${folder}/aliases')dnl
define(\`confSERVICE_SWITCH_FILE', \`${folder}/service.switch')dnl
define(\`confDONT_BLAME_SENDMAIL', \`TrustStickyBit,GroupWritableDirPathSafe')dnl
define(\`confDONT_PROBE_INTERFACES', \`True')dnl
define(\`confTO_IDENT', \`0')dnl
FEATURE(\`no_default_msa')dnl
FEATURE(\`accept_unresolvable_domains')dnl
FEATURE(\`nocanonify')dnl
FEATURE(\`access_db', \`hash ${folder}/access')dnl
FEATURE(\`blocklist_recipients')dnl
FEATURE(\`greet_pause', \`1000')dnl
FEATURE(\`virtusertable', \`hash ${folder}/virtual')dnl
VIRTUSER_DOMAIN(\`${settings.catchAllDomain}')dnl
LOCAL_DOMAIN(\`${settings.domain}')dnl
DAEMON_OPTIONS(\`Name=MTA, Family=inet, Addr=${settings.ip}, Port=${settings.port}')dnl
MAILER(\`local')dnl
MAILER(\`smtp')dnl
`;
}
