/**
 * Ten thousand sessions with hostile servers of every mood, whose mailboxes are known: does the node survive, does it
 * release everything, and does the judge of the edge ever give a verdict that the mailbox has not earned?
 *
 * An error is `invalid` for a mailbox that exists or whose domain takes everybody, and `deliverable` for one that does
 * not exist or whose domain takes everybody. `unknown` is always right: it is the proper verdict about a hostile
 * server.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { judge } from '../../edge/judge/verdict.ts';
import { parseAddress } from '../../shared/address.ts';
import type { Evidence, ProbeJob } from '../../shared/job.ts';
import { reasonRow, type Verdict } from '../../shared/verdict.ts';
import { type EdgeStandIn, makeJob } from '../edge-stand-in.ts';
import { randomOf } from '../far/mood.ts';
import { type FarSide, startFarSide } from '../far-side.ts';
import type { Figure } from '../figure.ts';
import type { Machine } from '../machine.ts';
import { type NodeUnderTest, startNode } from '../node-under-test.ts';

const SEED = 20_260_101;
const SESSIONS = 10_000;
const AT_ONCE = 400;
const DEADLINE_MS = 2_500;
/** Milliseconds after the last job in which sockets and timers must be gone; an idle session lives for five seconds. */
const SETTLE_MS_MAX = 12_000;
/** The listener, and the connection for the metrics. */
const SOCKETS_LEFT_MAX = 2;
const TIMERS = 'type="Timeout"';

type Tally = Record<Verdict, number> & { errors: string[]; unanswered: number };

export async function measureHostile(machine: Machine, edge: EdgeStandIn): Promise<readonly Figure[]> {
  const farSide = await startFarSide();
  const { smtpPort, dnsPort } = await farSide.call('hostile', { seed: SEED });
  const node = await startNode(machine, edge, {
    PROBE_DNS: `127.0.0.1:${dnsPort}`,
    PROBE_SMTP_PORT: String(smtpPort),
    PROBE_ALLOW_NETWORKS: '127.0.0.0/8',
  });
  try {
    const timersBefore = await node.metric('vrfy_nodejs_active_resources', TIMERS);
    const tally = await askAll(node, edge, farSide);
    const left = await settle(node, farSide, timersBefore);
    const { sessions } = await farSide.call('hostileCounts', null);
    return [figureOf(sessions, node, tally, left, timersBefore)];
  } finally {
    await node.stop();
    await farSide.stop();
  }
}

async function askAll(node: NodeUnderTest, edge: EdgeStandIn, farSide: FarSide): Promise<Tally> {
  const tally: Tally = { deliverable: 0, invalid: 0, risky: 0, unknown: 0, errors: [], unanswered: 0 };
  const random = randomOf(SEED);
  let isOver = false;
  let asked = 0;
  const poster = async (): Promise<void> => {
    while (!isOver && !node.hasEnded()) {
      asked += 1;
      const job = hostileJob(asked, random);
      const answered = await node.post(await edge.sign(job)).catch(() => null);
      count(job, answered?.text ?? '', tally);
    }
  };
  const posters = Promise.all(Array.from({ length: AT_ONCE }, poster));
  while (!isOver && !node.hasEnded()) {
    await delay(100);
    isOver = (await farSide.call('hostileCounts', null)).sessions >= SESSIONS;
  }
  await posters;
  return tally;
}

/** One to three recipients; each domain and host gets several jobs, so that memories and idle sessions take part. */
function hostileJob(number: number, random: () => number): ProbeJob {
  const kind = random() < 0.3 ? 'catchall' : 'plain';
  const domain = `${kind}${Math.floor(number / 3)}.hostile.test`;
  const count = 1 + Math.floor(random() * 3);
  const localParts = Array.from({ length: count }, (_, index) => `${random() < 0.5 ? 'known' : 'gone'}${index}`);
  return makeJob({ domain, localParts, deadlineMs: DEADLINE_MS });
}

function count(job: ProbeJob, text: string, tally: Tally): void {
  const evidence = text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line): Evidence => JSON.parse(line));
  for (const { id, address } of job.recipients) {
    const own = evidence.filter((each) => each.id === id);
    const [told] = own;
    if (own.length !== 1 || told === undefined) {
      tally.unanswered += 1;
      continue;
    }
    const verdict = verdictOf(address, job, told);
    tally[verdict] += 1;
    if (isWrong(verdict, address)) tally.errors.push(`${verdict} ${address} ${JSON.stringify(told)}`);
  }
}

function verdictOf(address: string, { mail_hosts: hosts }: ProbeJob, probe: Evidence): Verdict {
  const judgement = judge({
    parsed: parseAddress(address),
    isDisposable: false,
    isRole: false,
    brokenRule: null,
    mail: { kind: 'hosts', hosts, isImplicit: false },
    provider: null,
    probe,
    strangers: new Map(),
  });
  if (judgement === null) throw new Error('the judge wants to know more than there is');
  return reasonRow(judgement.reason).verdict;
}

function isWrong(verdict: Verdict, address: string): boolean {
  const isCatchAll = address.includes('@catchall');
  const exists = address.startsWith('known');
  if (verdict === 'invalid') return exists || isCatchAll;
  return verdict === 'deliverable' && (!exists || isCatchAll);
}

type Left = { readonly sockets: number; readonly timers: number; readonly far: number };

/** Resources that are left after everything had time to end. */
async function settle(node: NodeUnderTest, farSide: FarSide, timersBefore: number): Promise<Left> {
  let left: Left = { sockets: -1, timers: -1, far: -1 };
  for (let waitedMs = 0; waitedMs < SETTLE_MS_MAX && !node.hasEnded(); waitedMs += 500) {
    await delay(500);
    const timers = await node.metric('vrfy_nodejs_active_resources', TIMERS);
    left = { sockets: node.sockets(), timers, far: (await farSide.call('hostileCounts', null)).open };
    if (left.sockets <= SOCKETS_LEFT_MAX && left.timers <= timersBefore && left.far === 0) break;
  }
  return left;
}

function figureOf(sessions: number, node: NodeUnderTest, tally: Tally, left: Left, timersBefore: number): Figure {
  const crashes = node.hasEnded() ? 1 : 0;
  const sockets = Math.max(0, left.sockets - SOCKETS_LEFT_MAX);
  const timers = Math.max(0, left.timers - timersBefore);
  const { errors, unanswered, deliverable, invalid, risky, unknown } = tally;
  if (errors.length > 0) process.stderr.write(`${errors.slice(0, 10).join('\n')}\n`);
  return {
    figure: `${sessions} mixed hostile sessions (seed ${SEED})`,
    ours:
      `crashes ${crashes}, sockets left ${sockets}, timers left ${timers}, verdict errors ${errors.length}, unanswered ` +
      `${unanswered} (${deliverable} deliverable, ${invalid} invalid, ${risky} risky, ${unknown} unknown)`,
    baseline: '',
    target: '0 of each',
    isReached: sessions >= SESSIONS && crashes + sockets + timers + errors.length + unanswered === 0,
    measured: { sessions, crashes, left, timersBefore, tally, complaints: node.complaints() },
  };
}
