/** swaks: a process for each address, up to RCPT. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { tree } from '../../../test/interop/lab/debian.ts';
import { ASKER, SENDER } from '../world/names.ts';
import { inAscii, readSwaks } from './debian.ts';
import { PATIENCE_MS, type RunningPeer } from './peer.ts';

export async function startSwaks(): Promise<RunningPeer> {
  const files = await tree('swaks');
  const libraries = ['usr/share/perl5', 'usr/lib/x86_64-linux-gnu/perl5', 'usr/lib/aarch64-linux-gnu/perl5']
    .map((dir) => join(files.root, dir))
    .filter((dir) => existsSync(dir));
  const env = { ...files.env, PERL5LIB: libraries.join(':') };
  const options = ['--quit-after', 'RCPT', '--timeout', String(PATIENCE_MS / 1_000), '--helo', ASKER, '--from', SENDER];
  const running = new Set<() => void>();
  return {
    ask: (address) =>
      new Promise((resolve) => {
        const child = execFile(
          'perl',
          [files.path('/usr/bin/swaks'), ...options, '--to', inAscii(address)],
          { env, maxBuffer: 50_000_000 },
          (error, stdout, stderr) => {
            running.delete(end);
            resolve(readSwaks(error === null ? 0 : Number(error.code), `${stdout}\n${stderr}`));
          },
        );
        const end = (): void => {
          child.kill('SIGKILL');
        };
        running.add(end);
      }),
    stop: async () => {
      for (const end of running) end();
    },
  };
}
