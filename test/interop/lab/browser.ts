// Debian's Chromium, headless, driven by playwright-core. Fetched from Debian where it is missing.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** Asks nobody outside of this machine. */
const SWITCHES = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const run = promisify(execFile);
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], { env, timeout: 180_000 });
  }
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: SWITCHES });
}
