/** Exim as a verifier: a daemon whose RCPT makes a callout to the mail server of the recipient. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Verdict } from '../../../shared/verdict.ts';
import { labFolder, startChild } from '../../../test/interop/lab/child.ts';
import { tree } from '../../../test/interop/lab/debian.ts';
import { isListening } from '../../../test/interop/lab/port.ts';
import { ASKER, SENDER } from '../world/names.ts';
import { inAscii, readReplyCode } from './debian.ts';
import type { RunningPeer } from './peer.ts';

const run = promisify(execFile);
const PORT = 2_526;

export async function startExim(): Promise<RunningPeer> {
  const files = await tree('exim');
  const folder = await labFolder('versus-exim');
  for (const dir of ['spool', 'log']) await mkdir(join(folder.path, dir));
  await run('chown', ['-R', 'Debian-exim:Debian-exim', join(folder.path, 'spool'), join(folder.path, 'log')]);
  await writeFile(join(folder.path, 'exim.conf'), eximConf(folder.path));
  const child = startChild({
    name: 'exim',
    command: files.path('/usr/sbin/exim4'),
    args: ['-C', join(folder.path, 'exim.conf'), '-bdf'],
    env: files.env,
  });
  await child.ready('listening', () => isListening('127.0.0.1', PORT));
  return {
    ask,
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}

/** Says EHLO, MAIL and RCPT to the daemon, and reads its reply to RCPT. */
function ask(address: string): Promise<Verdict | null> {
  const commands = [`EHLO ${ASKER}`, `MAIL FROM:<${SENDER}>`, `RCPT TO:<${inAscii(address)}>`];
  return new Promise((resolve) => {
    const socket = net.connect({ port: PORT, host: '127.0.0.1', noDelay: true });
    let rest = '';
    const finish = (verdict: Verdict | null): void => {
      socket.destroy();
      resolve(verdict);
    };
    socket.on('error', () => finish(null));
    socket.on('end', () => finish(null));
    socket.on('data', (chunk: Buffer) => {
      rest += chunk.toString('utf8');
      const reply = /^[0-9]{3}(?: .*)?\r?\n/m.exec(rest);
      if (reply === null) return;
      rest = rest.slice(reply.index + reply[0].length);
      const code = Number(reply[0].slice(0, 3));
      const next = commands.shift();
      if (next === undefined) finish(readReplyCode(code));
      // A refusal of ourselves by the daemon would be no answer at all.
      else if (code >= 400) finish(null);
      else socket.write(`${next}\r\n`);
    });
  });
}

function eximConf(folder: string): string {
  return `exim_user = Debian-exim
exim_group = Debian-exim
primary_hostname = ${ASKER}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/spool/exim.pid
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
keep_environment =
smtp_accept_max = 300
smtp_connect_backlog = 300
smtp_accept_max_per_host = 300
smtp_accept_queue = 300
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = ${PORT}
smtputf8_advertise_hosts = *
acl_smtp_rcpt = recipient

begin acl

recipient:
  require verify = recipient/callout
  accept

begin routers

elsewhere:
  driver = dnslookup
  domains = *
  transport = remote
  ignore_target_hosts = <; 0.0.0.0 ; 127.0.0.0/8 ; ::1

begin transports

remote:
  driver = smtp
`;
}
