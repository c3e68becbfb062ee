/** This project as its users start it: the edge in workerd and a probe node, asked over HTTP. */
import { join } from 'node:path';
import { VERDICTS, type Verdict } from '../../../shared/verdict.ts';
import { labFolder, startChild } from '../../../test/interop/lab/child.ts';
import { ASKER, SENDER } from '../world/names.ts';
import { PATIENCE_MS, type RunningPeer } from './peer.ts';

const PORT = 8_787;

export async function startVrfy(dohUrl: string): Promise<RunningPeer> {
  const folder = await labFolder('versus-vrfy');
  const root = join(import.meta.dirname, '../../..');
  const child = startChild({
    name: 'vrfy',
    command: process.execPath,
    args: [
      join(root, 'cli/start.ts'),
      ...['--no-sandbox', '--port', String(PORT), '--nodes', '1', '--state', join(folder.path, 'state')],
    ],
    env: {
      ...process.env,
      DOH_URLS: dohUrl,
      PROBE_DNS: '127.0.0.1:53',
      PROBE_ALLOW_NETWORKS: '10.64.0.0/10',
      PROBE_HELO: ASKER,
      PROBE_MAIL_FROM: SENDER,
      PROBE_PACE: 'off',
    },
    cwd: root,
    endSignal: 'SIGINT',
    endsAsGroup: true,
    graceMs: 20_000,
  });
  await child.ready('"ready <url>"', () => /^ready http\S+$/m.test(child.output()), 90_000);
  return {
    ask,
    askMany,
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}

/** `POST /v1/verify/batch`: a line an address. */
async function askMany(emails: readonly string[]): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${PORT}/v1/verify/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ emails }),
  });
  const lines = (await response.text()).split('\n').filter((line) => line !== '');
  return lines.filter((line) => (JSON.parse(line) as { reason?: string }).reason === 'accepted').length;
}

async function ask(email: string): Promise<Verdict | null> {
  const query = new URLSearchParams({ email, deadline_ms: String(PATIENCE_MS), max_age: '0' });
  const response = await fetch(`http://127.0.0.1:${PORT}/v1/verify?${query}`).catch(() => null);
  if (response?.status !== 200) return null;
  const { verdict } = (await response.json()) as { verdict: string };
  return VERDICTS.find((known) => known === verdict) ?? null;
}
