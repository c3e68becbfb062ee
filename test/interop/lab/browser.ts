/** Chromium from Debian, installed if the machine has none; it asks nothing of its maker. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const INSTALL_LIMIT_MS = 180_000;

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export async function startChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    const run = promisify(execFile);
    const options = { timeout: INSTALL_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], options);
  }
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
}
