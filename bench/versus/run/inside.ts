/**
 * One part of the benchmark with one peer, inside of a network namespace: makes the world, starts the peer, asks, and writes
 * the outcome as JSON.
 *
 * Arguments: id of the peer, part, folder of the npm packages, file for the outcome, number of questions. Start it by versus/run/namespace.ts only: it
 * binds ports 25 and 53.
 */
import { writeFile } from 'node:fs/promises';
import type { Verdict } from '../../../shared/verdict.ts';
import { startPeer } from '../peers/start.ts';
import { readReplies } from '../sets/replies.ts';
import { scriptOf } from '../sets/reply-script.ts';
import { domainOf } from '../sets/server.ts';
import { SERVERS } from '../sets/servers.ts';
import { SENDER, ZONE } from '../world/names.ts';
import { startWorld } from '../world/world.ts';
import { askAll } from './ask-all.ts';
import { measureCost } from './cost.ts';
import type { Behaviour, Cost, Honesty } from './results.ts';

const [id = '', part = '', npmFolder = '', file = '', limitText] = process.argv.slice(2);
const limit = Number(limitText);
const outcome = await measure();
await writeFile(file, JSON.stringify(outcome));
// Sockets of a peer that hangs are left to the namespace, which ends with this process.
process.exit(0);

async function measure(): Promise<Honesty | Behaviour | Cost> {
  if (part === 'honesty') return measureHonesty();
  if (part === 'behaviour') return measureBehaviour();
  return measureCost((dohUrl) => startPeer(id, { npmFolder, dohUrl }));
}

async function measureHonesty(): Promise<Honesty> {
  const questions = readReplies()
    .slice(0, limit)
    .map((reply) => {
      const domain = `${reply.id}.${ZONE}`;
      const address = `ada@${domain}`;
      return { id: reply.id, address, domain, script: scriptOf(reply, { rcpt: address, sender: SENDER }) };
    });
  const world = await startWorld(
    questions.map(({ id: name, domain, script }) => ({
      id: name,
      domain,
      hosts: [{ name: 'mx', preference: 10, script }],
    })),
  );
  const peer = await startPeer(id, { npmFolder, dohUrl: world.dohUrl });
  const answers = await askAll(peer, questions);
  await peer.stop();
  return { verdicts: verdictsOf(answers) };
}

async function measureBehaviour(): Promise<Behaviour> {
  const servers = SERVERS.slice(0, limit);
  const world = await startWorld(servers.map((server) => ({ ...server, domain: domainOf(server) })));
  const peer = await startPeer(id, { npmFolder, dohUrl: world.dohUrl });
  const questions = servers.map((server) => ({ id: server.id, address: `${server.localPart}@${domainOf(server)}` }));
  const answers = await askAll(peer, questions);
  await peer.stop();
  const towards = (kind: 'spokeEarly' | 'outOfTurn' | 'sentData'): string[] =>
    servers.filter((server) => world.conduct(server.id)[kind] > 0).map((server) => server.id);
  return {
    verdicts: verdictsOf(answers),
    seconds: Object.fromEntries(answers.map(({ id: name, ms }) => [name, Math.round(ms / 100) / 10])),
    spoke_early: towards('spokeEarly'),
    out_of_turn: towards('outOfTurn'),
    sent_data: towards('sentData'),
    own_machine: world.ownMachine(),
  };
}

function verdictsOf(answers: readonly { readonly id: string; readonly verdict: Verdict | null }[]) {
  return Object.fromEntries(answers.map(({ id: name, verdict }) => [name, verdict]));
}
