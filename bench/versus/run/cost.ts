/**
 * The cost part: round trips to a verdict, connections, and addresses a second.
 *
 * Round trips: (time to the verdict at 50 ms − the same at 0 ms) / 50 ms, one question after the other, each of a domain and a host
 * of its own, except for `existing_again`, which asks a second mailbox right after the first. DNS is near and not counted.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { RunningPeer } from '../peers/peer.ts';
import { FAR_OCTET, NEAR_OCTET, RTT_MS } from '../world/distances.ts';
import { type DnsAnswer, startDns } from '../world/dns.ts';
import { ASKER } from '../world/names.ts';
import { askAll, type Question } from './ask-all.ts';
import { CASES, type Cost } from './results.ts';

const SAMPLES = 7;
const CONNECTION_ADDRESSES = 100;
const CONNECTION_AT_ONCE = 10;
const CONNECTION_RUNS = 3;
const RATE_RUNS = 3;
const RATE_MS = 2_000;
const RATE_AT_ONCE = 50;
const RATE_DOMAINS = 200;
/** Addresses of one call, for a peer that takes many. */
const BATCH = 1_000;

type Case = (typeof CASES)[number];
type Distance = 'near' | 'far';

export async function measureCost(start: (dohUrl: string) => Promise<RunningPeer>): Promise<Cost> {
  const hosts = new Worker(new URL('../world/distant-hosts.ts', import.meta.url));
  await once(hosts, 'message');
  /** Connections since the last call. */
  const resetConnections = async (): Promise<number> => {
    hosts.postMessage(null);
    const [counts] = (await once(hosts, 'message')) as [{ connections: number }];
    return counts.connections;
  };
  const { dohUrl } = await startDns(zone);
  const peer = await start(dohUrl);
  // Code that has never run is slow: it is warmed up before anything is timed.
  await askAll(peer, rateQuestions('warmup', 40), 5);
  const roundTrips: Record<Case, number[]> = { existing: [], unknown: [], catch_all: [], existing_again: [] };
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    for (const name of CASES) {
      const near = await timeOf(peer, name, 'near', sample);
      const far = await timeOf(peer, name, 'far', sample);
      roundTrips[name].push(rounded((far - near) / RTT_MS));
    }
  }
  const connections: number[] = [];
  for (let run = 0; run < CONNECTION_RUNS; run += 1) {
    await resetConnections();
    await askAll(peer, connectionQuestions(run), CONNECTION_AT_ONCE);
    connections.push(await resetConnections());
  }
  const perSecond: number[] = [];
  for (let run = 0; run < RATE_RUNS; run += 1) perSecond.push(rounded(await rate(peer, run)));
  await peer.stop();
  await hosts.terminate();
  return { round_trips: roundTrips, connections, per_second: perSecond };
}

/**
 * Names: `versus-dNUMBER-near.org`, `…-far.org` and `catchall-versus-…`, which are names of the namespace only: each domain has an owner,
 * a host and an address of its own, the number being in the address.
 */
function zone(name: string, type: string): DnsAnswer {
  if (name === ASKER) return type === 'A' ? [{ type, data: '127.0.0.1' }] : 'none';
  const found = /^(?:mx\.)?(?:catchall-)?versus-d([0-9]+)-(near|far)\.org$/.exec(name);
  if (found === null) return 'no_such_name';
  if (type === 'MX') return [{ type, data: { preference: 10, exchange: `mx.${name}` } }];
  if (type !== 'A' || !name.startsWith('mx.')) return 'none';
  const number = Number(found[1]);
  const octet = found[2] === 'far' ? FAR_OCTET : NEAR_OCTET;
  return [{ type, data: `10.${octet}.${Math.floor(number / 200)}.${1 + (number % 200)}` }];
}

/** Milliseconds to the verdict. */
async function timeOf(peer: RunningPeer, name: Case, distance: Distance, sample: number): Promise<number> {
  const number = 1 + CASES.indexOf(name) * 100 + sample;
  const domain = `${name === 'catch_all' ? 'catchall-' : ''}versus-d${number}-${distance}.org`;
  const local = name === 'unknown' ? 'gone' : 'known';
  if (name === 'existing_again') await askAll(peer, [{ id: 'first', address: `${local}.first@${domain}` }], 1);
  const [answered] = await askAll(peer, [{ id: name, address: `${local}.second@${domain}` }], 1);
  return answered?.ms ?? Number.NaN;
}

function connectionQuestions(run: number): readonly Question[] {
  return Array.from({ length: CONNECTION_ADDRESSES }, (_, index) => ({
    id: String(index),
    address: `${index % 2 === 0 ? 'known' : 'gone'}.n${index}@versus-d${900 + run}-near.org`,
  }));
}

function rateQuestions(name: string, count: number): readonly Question[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    address: `known.${name}${index}@versus-d${1_000 + (index % RATE_DOMAINS)}-near.org`,
  }));
}

/** Addresses a second while `RATE_AT_ONCE` are asked at any time. */
async function rate(peer: RunningPeer, run: number): Promise<number> {
  const startMs = performance.now();
  let asked = 0;
  let answered = 0;
  while (peer.askMany !== undefined && performance.now() - startMs < RATE_MS) {
    const questions = Array.from({ length: BATCH }, () => rateQuestion(run, ++asked));
    answered += await peer.askMany(questions.map(({ address }) => address));
  }
  if (peer.askMany !== undefined) return (answered / (performance.now() - startMs)) * 1_000;
  const worker = async (): Promise<void> => {
    while (performance.now() - startMs < RATE_MS) {
      asked += 1;
      const [{ verdict } = { verdict: null }] = await askAll(peer, [rateQuestion(run, asked)], 1);
      if (verdict !== null) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: RATE_AT_ONCE }, worker));
  return (answered / (performance.now() - startMs)) * 1_000;
}

function rateQuestion(run: number, number: number): Question {
  const address = `known.r${run}x${number}@versus-d${1_000 + (number % RATE_DOMAINS)}-near.org`;
  return { id: String(number), address };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
