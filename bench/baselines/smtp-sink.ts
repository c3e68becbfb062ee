/**
 * Postfix's `smtp-sink` on loopback, which accepts everything as fast as a mail server can.
 *
 * It comes from Debian's postfix package: from the tree of the interop lab if that is unpacked, else downloaded and
 * unpacked into `.cache/bench` (no root, nothing installed, no server started). If the package cannot be had, a small
 * sink in a worker of this process stands in, and the figures say so.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startFarSide } from '../far-side.ts';
import { freePort } from '../free-port.ts';
import type { Machine } from '../machine.ts';

const run = promisify(execFile);

const CACHE = path.join(import.meta.dirname, '../../.cache');
const DOWNLOAD_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 5_000;
const LIBRARIES = ['usr/lib/postfix', 'usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu'];

export type Sink = { readonly name: string; readonly port: number; readonly stop: () => Promise<void> };

export async function startSink(machine: Machine): Promise<Sink> {
  const root = await findPostfix();
  if (root !== null) {
    const sink = await startPostfixSink(machine, root);
    if (sink !== null) return sink;
  }
  const farSide = await startFarSide();
  const { port } = await farSide.call('mail', { isCatchAll: true });
  return { name: 'a sink of our own (Postfix smtp-sink cannot be had here)', port, stop: farSide.stop };
}

/** The folder with the unpacked postfix package, or null. */
async function findPostfix(): Promise<string | null> {
  const places = [path.join(CACHE, 'interop/postfix'), path.join(CACHE, 'bench/postfix')];
  const isThere = (place: string): boolean => existsSync(path.join(place, 'usr/sbin/smtp-sink'));
  const found = places.find(isThere);
  if (found !== undefined) return found;
  const own = path.join(CACHE, 'bench');
  try {
    await mkdir(own, { recursive: true });
    await run('apt-get', ['download', 'postfix'], { cwd: own, timeout: DOWNLOAD_TIMEOUT_MS });
    const archive = (await readdir(own)).find((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', archive ?? '', path.join(own, 'postfix')], { cwd: own });
  } catch {
    // Not Debian, or its archive is out of reach.
    return null;
  }
  return places.find(isThere) ?? null;
}

async function startPostfixSink(machine: Machine, root: string): Promise<Sink | null> {
  const port = await freePort();
  // As root it demands another user; `nobody` exists on every system.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const program = path.join(root, 'usr/sbin/smtp-sink');
  const [command, args] = machine.onOtherCores(program, [...user, '-m', '5000', `127.0.0.1:${port}`, '1000']);
  const libraries = LIBRARIES.map((folder) => path.join(root, folder)).join(':');
  const child = spawn(command, args, { env: { ...process.env, LD_LIBRARY_PATH: libraries }, stdio: 'ignore' });
  child.on('error', () => {});
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < untilMs) {
    if (await isListening(port)) return { name: 'Postfix smtp-sink', port, stop: () => stop(child) };
    await delay(20);
  }
  await stop(child);
  return null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}
