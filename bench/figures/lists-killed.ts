/**
 * Kills in the middle of a list: the whole edge, or a node, with SIGKILL at random moments, and each begins again on its own
 * disk. Then every row is looked at, and the mail servers say how often they were asked about each address.
 *
 * Mail servers answer after some milliseconds, and nodes pace themselves as in production. The moments are spread over the list by
 * the number of rows that are done, with some random milliseconds on top. BENCH_SEED repeats a run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadKeys } from '../../cli/start/keys.ts';
import { type EdgeProcess, startEdgeProcess } from '../edge/edge-process.ts';
import type { EdgeStandIn } from '../edge-stand-in.ts';
import { startFarSide } from '../far-side.ts';
import type { Figure } from '../figure.ts';
import { freePort } from '../free-port.ts';
import { makeJoinToken } from '../join-token.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';
import { createChance } from '../simulation/chance.ts';

const ROWS = 20_000;
const DOMAINS = 500;
const NODES = 3;
const KILLS = 50;
/** Milliseconds of a mail server for a reply. */
const REPLY_MS = 20;
/** Of so many rows one has no mailbox. */
const MISSING_EVERY = 5;
/** Random milliseconds after the row at which a kill is due. */
const JITTER_MS = 300;
const LOOK_MS = 100;
const SEED_MAX = 1_000_000;
/** Milliseconds without progress after which the list is given up. */
const STUCK_MS = 300_000;

type Summary = { readonly state: string; readonly done: number };

export async function measureListsKilled(machine: Machine, standIn: EdgeStandIn): Promise<readonly Figure[]> {
  const seed = Number(process.env['BENCH_SEED'] ?? Math.floor(Math.random() * SEED_MAX));
  const { next } = createChance(seed);
  const below = (count: number): number => Math.floor(next() * count);
  process.stderr.write(`seed ${seed}\n`);
  const stateDir = await mkdtemp(path.join(tmpdir(), 'vrfy-bench-'));
  const farSide = await startFarSide();
  const mail = await farSide.call('mail', { isCatchAll: false, replyMs: REPLY_MS, countsRecipients: true });
  const doh = await farSide.call('doh', null);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const keys = await loadKeys(stateDir);
  const beginEdge = (): Promise<EdgeProcess> => startEdgeProcess({ port, stateDir, dohUrl: doh.url });
  let edge = await beginEdge();
  const settings: Record<string, string>[] = [];
  for (let index = 0; index < NODES; index += 1) {
    const nodePort = await freePort();
    settings.push({
      PROBE_ID: `bench${index}`,
      PROBE_EDGE: url,
      PROBE_TOKEN: await makeJoinToken(url, keys.ADMIN_TOKEN),
      PROBE_LISTEN: `127.0.0.1:${nodePort}`,
      PROBE_URL: `http://127.0.0.1:${nodePort}`,
      PROBE_PACE: 'on',
      // The same one after a kill.
      PROBE_STATE: path.join(stateDir, `node${index}`),
      PROBE_ROUTES: Array.from({ length: DOMAINS }, (_, number) => `mx.d${number}.test=127.0.0.1:${mail.port}`).join(
        ',',
      ),
    });
  }
  const nodes: NodeUnderTest[] = [];
  for (const own of settings) nodes.push(await startNode(machine, standIn, own));
  const startMs = performance.now();
  try {
    const addresses = Array.from({ length: ROWS }, (_, row) => addressOf(row));
    const list = await upload(url, `email\n${addresses.join('\n')}\n`);
    const dueAt = Array.from({ length: KILLS }, () => below(ROWS)).sort((a, b) => a - b);
    let kills = 0;
    let edgeKills = 0;
    for (const row of dueAt) {
      const { state } = await until(list, ({ done }) => done >= row);
      if (state === 'done') break;
      await delay(below(JITTER_MS));
      const victim = below(NODES + 1);
      kills += 1;
      if (victim === NODES) {
        edgeKills += 1;
        await edge.kill();
        edge = await beginEdge();
      } else {
        process.kill(nodes[victim]?.pid ?? 0, 'SIGKILL');
        nodes[victim] = await startNode(machine, standIn, settings[victim] ?? {});
      }
    }
    await until(list, () => false);
    const seconds = (performance.now() - startMs) / 1_000;
    const text = await (await fetch(`${list}/results`)).text();
    const faults = faultsOf(text.trim().split('\n').slice(1), addresses);
    const asked = await farSide.call('recipientCounts', null);
    // A refusal is looked at by a second node now and then, killed or not; only mailboxes that exist are counted.
    const present = addresses.filter((address) => address.startsWith('known'));
    const twice = present.filter((address) => (asked[address] ?? 0) > 1).length;
    const unasked = addresses.filter((address) => asked[address] === undefined).length;
    const share = twice / present.length;
    const { lost, doubled, wrong } = faults;
    const what = `${kills} kills (${edgeKills} of the edge) during a list of ${ROWS}, seed ${seed}`;
    return [
      {
        figure: `${what}: rows lost, doubled, wrong`,
        ours: `${lost}, ${doubled}, ${wrong} (${seconds.toFixed(0)} s)`,
        baseline: '',
        target: `0, 0, 0 after ${KILLS} kills`,
        isReached: lost + doubled + wrong + unasked === 0 && kills === KILLS,
        measured: { ...faults, unasked, kills, edgeKills, seed, seconds },
      },
      {
        figure: 'rows of that list about which a mail server was asked twice',
        ours: `${(share * 100).toFixed(2)} %`,
        baseline: `of each of ${edgeKills} killed edges ${Math.round(twice / Math.max(1, edgeKills))}: under way at that moment`,
        target: '<= 2 %',
        isReached: share <= 0.02,
        measured: { twice, of: present.length, kills, edgeKills },
      },
    ];
  } finally {
    for (const node of nodes) await node.stop();
    await edge.kill();
    await farSide.stop();
    await rm(stateDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function addressOf(row: number): string {
  return `${row % MISSING_EVERY === 0 ? 'gone' : 'known'}.l${row}@d${row % DOMAINS}.test`;
}

/** Every row once, in its place, with the verdict of its mailbox. */
function faultsOf(lines: readonly string[], addresses: readonly string[]) {
  const seen = new Map<string, number>();
  let wrong = 0;
  for (const [at, line] of lines.entries()) {
    const [address = '', verdict, reason] = line.split(',');
    seen.set(address, (seen.get(address) ?? 0) + 1);
    const expected = address.startsWith('known') ? 'deliverable,accepted' : 'invalid,mailbox_not_found';
    if (address !== addresses[at] || `${verdict},${reason}` !== expected) wrong += 1;
  }
  const lost = addresses.filter((address) => !seen.has(address)).length;
  const doubled = [...seen.values()].filter((count) => count > 1).length;
  return { lost, doubled, wrong };
}

async function upload(url: string, body: string): Promise<string> {
  const headers = { 'content-type': 'text/csv' };
  const response = await fetch(`${url}/v1/lists`, { method: 'POST', headers, body });
  return ((await response.json()) as { url: string }).url;
}

/** The list once it is as wished, or done. An edge that begins again answers nothing for a moment. */
async function until(list: string, isWished: (summary: Summary) => boolean): Promise<Summary> {
  let last: Summary = { state: 'reading', done: -1 };
  let movedMs = performance.now();
  for (;;) {
    const summary = await fetch(list)
      .then((response) => response.json() as Promise<Summary>)
      .catch(() => last);
    if (summary.state === 'done' || isWished(summary)) return summary;
    if (summary.done !== last.done) movedMs = performance.now();
    if (performance.now() - movedMs > STUCK_MS) throw new Error(`the list stands still at ${summary.done}`);
    last = summary;
    await delay(LOOK_MS);
  }
}
