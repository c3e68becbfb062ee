/** Chromium from Debian, installed if the machine has none. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { hasChromium, launchChromium } from '../../../bench/chromium.ts';

const INSTALL_LIMIT_MS = 180_000;

export async function startChromium(): Promise<Browser> {
  if (!hasChromium()) {
    const run = promisify(execFile);
    const options = { timeout: INSTALL_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'chromium'], options);
  }
  return launchChromium();
}
