/**
 * `npm run versus`: the open benchmark. This project and every peer on the same labelled replies and the same servers.
 *
 *   --peer ID     this peer only (repeatable)
 *   --part NAME   honesty, behaviour or cost only (repeatable)
 *   --json        the raw outcomes
 *   --dry-run     a whole run is not recorded
 *
 * A whole run is recorded in bench/versus/results.json, and docs/COMPARISON.md and the table in README.md are written from it.
 * Needs root on Debian; all traffic stays in network namespaces that have nothing but loopback. Exit codes: 0 done, 1 a peer
 * failed, 2 wrong use, 69 this machine lacks something.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXIT } from '../../shared/exit-codes.ts';
import { PEERS } from './peers/peers.ts';
import { installDebianPeers, installNpmPeers, missingParts } from './run/install.ts';
import { runInNamespace } from './run/namespace.ts';
import { PARTS, type Part, type PeerResults, type Results, resultsSchema } from './run/results.ts';
import { renderTables } from './score/documents.ts';

/** Peers that are asked at the same time in the parts that mostly wait. The cost part has the machine for itself. */
const PEERS_AT_ONCE = 3;
/** A quarter of an hour is usual. */
const WHOLE_LIMIT_MS = 2_700_000;
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
const DOCS = fileURLToPath(new URL('../../scripts/docs.ts', import.meta.url));

type Choice = { readonly peers: readonly string[]; readonly parts: readonly Part[] };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      peer: { type: 'string', multiple: true, default: [] },
      part: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const choice = choiceOf(values.peer, values.part);
  if (choice === null) return EXIT.usage;
  const missing = await missingParts();
  if (missing.length > 0) {
    process.stderr.write(`The benchmark needs ${missing.join('; ')}. Nothing was measured.\n`);
    return EXIT.unreachable;
  }
  const startMs = performance.now();
  const [loadBefore = 0] = os.loadavg();
  const npmFolder = await installNpmPeers(say);
  const debianVersions = await installDebianPeers(say);
  const { peers, failures } = await measure(choice, npmFolder);
  const results: Results = resultsSchema.parse({
    recorded_on: new Date().toISOString().slice(0, 10),
    machine: `${os.availableParallelism()} cores (${os.cpus()[0]?.model.trim() ?? 'unknown processor'}), ${os.type()} ${os.release()}, node ${process.version}`,
    load_before: Math.round(loadBefore * 10) / 10,
    seconds: Math.round((performance.now() - startMs) / 1_000),
    peers: peers.map((peer) => ({ ...peer, version: debianVersions.get(peer.id) ?? peer.version })),
  });
  process.stdout.write(values.json ? `${JSON.stringify(results)}\n` : `${renderTables(results)}\n`);
  const isWhole = choice.peers.length === PEERS.length && choice.parts.length === PARTS.length && failures === 0;
  if (isWhole && !values['dry-run']) {
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 1)}\n`);
    // The documents are rendered from the file, as `npm run docs` does at any time.
    execFileSync(process.execPath, [DOCS], { stdio: 'inherit' });
    say('recorded: bench/versus/results.json, docs/COMPARISON.md, README.md');
  }
  return failures === 0 ? 0 : 1;
}

function choiceOf(peers: readonly string[], parts: readonly string[]): Choice | null {
  const known = PEERS.map(({ id }) => id);
  const stranger = peers.find((id) => !known.includes(id));
  const unknownPart = parts.find((part) => !PARTS.some((name) => name === part));
  if (stranger !== undefined || unknownPart !== undefined) {
    process.stderr.write(`--peer takes one of ${known.join(', ')}; --part one of ${PARTS.join(', ')}\n`);
    return null;
  }
  return {
    peers: peers.length === 0 ? known : known.filter((id) => peers.includes(id)),
    parts: parts.length === 0 ? PARTS : PARTS.filter((part) => parts.includes(part)),
  };
}

async function measure(
  { peers, parts }: Choice,
  npmFolder: string,
): Promise<{ readonly peers: readonly PeerResults[]; readonly failures: number }> {
  const outcomes = new Map<string, unknown>();
  let failures = 0;
  const one = async (peer: string, part: Part): Promise<void> => {
    say(`${part}: ${peer} …`);
    try {
      outcomes.set(`${peer} ${part}`, await runInNamespace({ peer, part, npmFolder }));
    } catch (error) {
      failures += 1;
      say(error instanceof Error ? error.message : String(error));
    }
  };
  const waiting = parts.filter((part) => part !== 'cost').flatMap((part) => peers.map((peer) => ({ peer, part })));
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next.peer, next.part);
  };
  await Promise.all(Array.from({ length: PEERS_AT_ONCE }, worker));
  if (parts.includes('cost')) for (const peer of peers) await one(peer, 'cost');
  const of = (peer: string, part: Part): unknown => outcomes.get(`${peer} ${part}`) ?? null;
  const rows = peers.map((id) => ({
    id,
    version: PEERS.find((peer) => peer.id === id)?.version ?? '',
    ...(Object.fromEntries(PARTS.map((part) => [part, of(id, part)])) as Pick<PeerResults, Part>),
  }));
  return { peers: rows, failures };
}

function say(line: string): void {
  process.stderr.write(`versus: ${line}\n`);
}

// Namespaces end with this process, if it may say goodbye.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
setTimeout(() => {
  say(`${WHOLE_LIMIT_MS / 60_000} minutes are over: something hangs`);
  process.exit(1);
}, WHOLE_LIMIT_MS).unref();

process.exitCode = await main();
