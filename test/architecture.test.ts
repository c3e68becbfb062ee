/**
 * The walls between folders: allowed imports (docs/ARCHITECTURE.md). If a wall moves, edit it here in the same change.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Import, importsOf, ROOT } from './imports.ts';

const TSC = path.join(ROOT, 'node_modules/.bin/tsc');

type Wall = {
  /** Path prefix of the importing files, relative to the root. */
  readonly from: string;
  /** Path prefixes of project files that may be imported, besides its own folder if `inside` says so. */
  readonly files: readonly string[];
  /** Packages and runtime modules that may be imported; `node:*` for any of Node's. */
  readonly packages: readonly string[];
};

/** The longest matching prefix counts. */
const WALLS: readonly Wall[] = [
  { from: 'shared/', files: ['shared/'], packages: ['jose', 'zod'] },
  { from: 'edge/', files: ['edge/', 'shared/'], packages: ['hono', 'jose', 'zod'] },
  { from: 'edge/worker.ts', files: ['edge/'], packages: ['@cloudflare/workers-types', 'cloudflare:workers'] },
  // Shells over the rules of edge/nodes/, edge/quota/ and edge/lists/.
  {
    from: 'edge/objects/',
    files: [
      'edge/objects/',
      'edge/async/paced-store.ts',
      'edge/keys/',
      'edge/lists/',
      'edge/nodes/',
      'edge/quota/',
      'edge/env.ts',
      'shared/',
    ],
    packages: ['cloudflare:workers', 'zod'],
  },
  // Concept folders never import each other; edge/flow/verify.ts and edge/wiring/services.ts compose them.
  { from: 'edge/checks/', files: ['edge/checks/', 'shared/'], packages: [] },
  { from: 'edge/async/', files: ['edge/async/'], packages: ['node:async_hooks'] },
  { from: 'edge/crypto/seal.ts', files: [], packages: [] },
  // What the isolates of a data centre share is read and written in one way.
  { from: 'edge/memory/data-centre-cache.ts', files: ['shared/'], packages: [] },
  {
    from: 'edge/dns/',
    files: ['edge/dns/', 'edge/async/', 'edge/memory/data-centre-cache.ts', 'shared/'],
    packages: ['dns-packet'],
  },
  { from: 'edge/dns/nowhere-hosts.ts', files: ['edge/dns/', 'shared/'], packages: ['ipaddr.js'] },
  { from: 'edge/dns/answer.ts', files: ['edge/dns/', 'shared/'], packages: ['dns-packet', 'node:buffer'] },
  { from: 'edge/nodes/', files: ['edge/nodes/', 'edge/async/', 'shared/'], packages: ['jose', 'zod'] },
  { from: 'edge/disposable/', files: ['edge/disposable/', 'edge/async/', 'shared/'], packages: ['zod'] },
  {
    from: 'edge/nodes/registry/',
    files: ['edge/nodes/', 'edge/async/', 'edge/dns/public-host.ts', 'edge/memory/data-centre-cache.ts', 'shared/'],
    packages: ['jose', 'zod'],
  },
  { from: 'edge/dns/public-host.ts', files: ['shared/'], packages: ['ipaddr.js'] },
  // Thousands of rows at once: what a list is read and sealed with must not wait for each of them.
  {
    from: 'edge/lists/',
    files: ['edge/lists/', 'shared/'],
    packages: ['csv-parse', 'node:buffer', 'node:crypto', 'zod'],
  },
  {
    from: 'edge/lists/webhooks/',
    files: ['edge/lists/webhooks/', 'edge/dns/public-host.ts'],
    packages: ['standardwebhooks'],
  },
  {
    from: 'edge/memory/',
    files: ['edge/memory/', 'edge/async/', 'shared/'],
    packages: ['jose', 'zod'],
  },
  { from: 'edge/quota/', files: ['edge/quota/', 'edge/async/', 'shared/'], packages: ['jose'] },
  { from: 'edge/quota/client-network.ts', files: [], packages: ['ipaddr.js'] },
  { from: 'edge/keys/', files: ['edge/keys/', 'edge/async/', 'shared/'], packages: ['jose', 'zod'] },
  { from: 'edge/probe/', files: ['edge/', 'shared/'], packages: [] },
  {
    from: 'edge/rechecks/',
    files: ['edge/rechecks/', 'edge/memory/', 'edge/crypto/seal.ts', 'shared/'],
    packages: ['zod'],
  },
  // The OpenAPI document, which is made when the static files are built.
  { from: 'edge/openapi/', files: ['edge/', 'shared/'], packages: ['hono', 'hono-openapi', 'zod'] },
  // The classes that other Workers call.
  { from: 'edge/verifier.ts', files: ['edge/', 'shared/'], packages: ['cloudflare:workers'] },
  { from: 'edge/wiring/list-verifier.ts', files: ['edge/', 'shared/'], packages: ['cloudflare:workers'] },
  { from: 'edge/batch/', files: ['edge/', 'shared/'], packages: [] },
  { from: 'edge/batch/ndjson.ts', files: [], packages: [] },
  { from: 'edge/flow/', files: ['edge/', 'shared/'], packages: [] },
  { from: 'edge/judge/', files: ['edge/judge/', 'edge/dns/mx.ts', 'shared/'], packages: [] },
  { from: 'probe-node/', files: ['probe-node/', 'shared/'], packages: ['zod'] },
  { from: 'probe-node/commands.ts', files: ['probe-node/', 'shared/'], packages: [] },
  { from: 'probe-node/edge-link/join-options.ts', files: ['probe-node/settings.ts'], packages: ['node:*'] },
  { from: 'probe-node/main.ts', files: ['probe-node/', 'shared/'], packages: ['@hono/node-server', 'pino', 'node:*'] },
  {
    from: 'probe-node/http/server.ts',
    files: ['probe-node/', 'shared/'],
    packages: ['node:crypto', 'hono', 'pino', 'zod'],
  },
  { from: 'probe-node/http/identity-endpoint.ts', files: ['shared/'], packages: ['hono'] },
  {
    from: 'probe-node/http/listen.ts',
    files: ['probe-node/', 'shared/'],
    packages: ['@hono/node-server', 'node:*', 'pino'],
  },
  { from: 'probe-node/state.ts', files: ['probe-node/settings.ts', 'shared/'], packages: ['jose', 'node:*', 'zod'] },
  { from: 'probe-node/shutdown.ts', files: ['probe-node/', 'shared/'], packages: ['node:*', 'pino'] },
  { from: 'probe-node/engine.ts', files: ['probe-node/', 'shared/'], packages: ['node:*'] },
  { from: 'probe-node/flow/owner.ts', files: [], packages: ['tldts'] },
  { from: 'probe-node/memory/stranger-names.ts', files: ['probe-node/'], packages: ['node:crypto'] },
  { from: 'probe-node/metrics.ts', files: ['probe-node/', 'shared/'], packages: ['prom-client'] },
  { from: 'probe-node/http/edge-keys.ts', files: ['shared/'], packages: ['jose', 'zod'] },
  // The doctor judges without asking anybody: only these of its files look.
  { from: 'probe-node/doctor/', files: ['probe-node/', 'shared/'], packages: [] },
  { from: 'probe-node/doctor/ip.ts', files: [], packages: ['ipaddr.js'] },
  { from: 'probe-node/doctor/checks', files: ['probe-node/doctor/', 'shared/'], packages: [] },
  { from: 'probe-node/doctor/look-up.ts', files: ['probe-node/doctor/'], packages: ['node:*'] },
  { from: 'probe-node/doctor/knock.ts', files: ['probe-node/doctor/', 'probe-node/smtp/'], packages: ['node:*'] },
  { from: 'probe-node/doctor/ask-edge.ts', files: ['probe-node/doctor/'], packages: ['node:*'] },
  { from: 'probe-node/doctor/start-doctor.ts', files: ['probe-node/'], packages: ['node:*', 'pino'] },
  { from: 'probe-node/doctor/local-addresses.ts', files: [], packages: ['node:*'] },
  { from: 'probe-node/doctor/look-at-certificate.ts', files: ['probe-node/doctor/', 'shared/'], packages: ['node:*'] },
  { from: 'probe-node/http/long-headers.ts', files: ['shared/'], packages: ['node:*'] },
  {
    from: 'probe-node/http/replay-journal.ts',
    files: ['probe-node/http/replay-guard.ts', 'shared/'],
    packages: ['node:*'],
  },
  { from: 'probe-node/idle-collection.ts', files: [], packages: ['node:*'] },
  { from: 'probe-node/flow/resolve.ts', files: ['probe-node/'], packages: ['node:*'] },
  { from: 'probe-node/smtp/', files: ['probe-node/smtp/', 'shared/'], packages: ['ipaddr.js'] },
  { from: 'probe-node/smtp/dial.ts', files: [], packages: ['node:*'] },
  { from: 'probe-node/smtp/upgrade.ts', files: [], packages: ['node:*'] },
  { from: 'probe-node/smtp/connection.ts', files: ['probe-node/smtp/', 'shared/'], packages: ['node:*'] },
  { from: 'probe-node/sandbox/', files: ['probe-node/sandbox/', 'shared/'], packages: ['dns-packet', 'node:*'] },
  {
    from: 'cli/',
    files: ['cli/', 'client/', 'shared/'],
    packages: ['@commander-js/extra-typings', 'node:*', 'jose', 'wrangler', 'zod'],
  },
  {
    from: 'cli/lists/',
    files: ['cli/', 'client/', 'shared/'],
    packages: ['cli-progress', 'read-excel-file/node', 'node:*'],
  },
  {
    from: 'cli/start.ts',
    files: ['cli/', 'client/', 'probe-node/sandbox/server.ts', 'shared/'],
    packages: ['@commander-js/extra-typings', 'node:*'],
  },
  // The node's own examination, by hand.
  {
    from: 'cli/node-join.ts',
    files: ['cli/', 'client/', 'probe-node/edge-link/join-options.ts'],
    packages: ['node:*'],
  },
  {
    from: 'cli/doctor.ts',
    files: ['cli/', 'probe-node/doctor/'],
    packages: [],
  },
  // Scores the pure checks of the edge directly.
  {
    from: 'cli/accuracy.ts',
    files: ['cli/', 'edge/checks/', 'shared/'],
    packages: ['@commander-js/extra-typings', 'node:*'],
  },
  { from: 'cli/score.ts', files: ['cli/', 'edge/checks/', 'shared/'], packages: ['node:*'] },
  // Drawn when the static files are built, by the worker, and in browsers: the same parts.
  { from: 'web/page/', files: ['web/page/', 'client/vrfy-client.ts', 'shared/'], packages: ['hono'] },
  // The routes of the operator are no part of the published client; its way of asking is.
  {
    from: 'web/page/browser/console/admin-api.ts',
    files: ['client/exchange.ts', 'client/read-events.ts', 'client/vrfy-client.ts', 'shared/'],
    packages: [],
  },
  // A file is looked at by the rules that the edge reads it with.
  { from: 'web/page/browser/lists/look.ts', files: ['edge/lists/file/detect.ts'], packages: [] },
  {
    from: 'web/page/browser/lists/look-at-file.ts',
    files: ['edge/lists/file/detect.ts', 'web/page/browser/'],
    packages: [],
  },
  { from: 'web/page/browser/xlsx-worker.ts', files: [], packages: ['read-excel-file'] },
  { from: 'edge/routes/pages.tsx', files: ['edge/', 'shared/', 'web/page/verdict-card.tsx'], packages: ['hono'] },
  { from: 'edge/routes/confirm-page.tsx', files: ['shared/', 'web/page/document.tsx'], packages: ['hono'] },
  // Published alone: it has nothing but itself.
  { from: 'client/', files: ['client/'], packages: [] },
  { from: 'web/widget/', files: ['web/widget/'], packages: [] },
  { from: 'examples/', files: ['examples/'], packages: [] },
  { from: 'examples/form/', files: ['examples/form/', 'client/vrfy-client.ts'], packages: ['express', 'hono'] },
  { from: 'scripts/', files: ['scripts/', 'edge/checks/', 'shared/'], packages: ['*'] },
  {
    from: 'scripts/assets/',
    files: ['scripts/', 'edge/openapi/', 'web/page/'],
    packages: ['hono', 'esbuild', 'node:*'],
  },
  {
    from: 'scripts/docs.ts',
    files: [
      'bench/scale/',
      'edge/checks/data/',
      'probe-node/sandbox/personas.ts',
      'probe-node/setting-meanings.ts',
      'scripts/',
      'shared/',
      'bench/versus/score/documents.ts',
    ],
    packages: ['node:*'],
  },
  { from: 'scripts/try-release.ts', files: ['bench/free-port.ts', 'shared/'], packages: ['node:*'] },
  { from: 'scripts/client-types.ts', files: ['edge/openapi/'], packages: [] },
  { from: 'bench/', files: ['bench/', 'shared/'], packages: ['*'] },
  { from: 'bench/figures/forms.ts', files: ['bench/', 'scripts/build-widget.ts', 'web/widget/'], packages: ['*'] },
  { from: 'bench/asset-server.ts', files: ['scripts/assets/asset.ts'], packages: ['node:*'] },
  { from: 'bench/page-server.ts', files: ['bench/asset-server.ts', 'scripts/', 'shared/'], packages: ['node:*'] },
  // Measures the file that operators run, made as they get it.
  { from: 'bench/figures/console.ts', files: ['bench/', 'scripts/assets/page.ts'], packages: ['*'] },
  { from: 'bench/bundle.ts', files: ['scripts/build-probe.ts'], packages: ['node:*'] },
  // The choice of node as it is, with the figures that nodes report as they do.
  {
    from: 'bench/simulation/',
    files: [
      'bench/',
      'edge/nodes/',
      'probe-node/edge-link/provider-stats.ts',
      'probe-node/pace/',
      'probe-node/smtp/pool.ts',
      'shared/',
    ],
    packages: [],
  },
  // Sums with the constants and the snapshot of the edge.
  { from: 'bench/scale/', files: ['bench/', 'edge/nodes/registry/', 'shared/'], packages: [] },
  { from: 'bench/figures/scale.ts', files: ['bench/', 'edge/nodes/registry/', 'shared/'], packages: [] },
  { from: 'bench/figures/nodes.ts', files: ['bench/', 'edge/nodes/', 'shared/'], packages: [] },
  { from: 'bench/baselines/sort-by-hash.ts', files: ['edge/nodes/registry/roster.ts'], packages: [] },
  // Real parts of the system, started from a bench.
  { from: 'bench/figures/edge.ts', files: ['bench/', 'edge/memory/results.ts'], packages: ['jose'] },
  { from: 'bench/figures/batch.ts', files: ['bench/', 'cli/start/', 'shared/'], packages: ['node:*'] },
  { from: 'bench/figures/lists.ts', files: ['bench/', 'cli/start/', 'shared/'], packages: ['node:*'] },
  { from: 'bench/figures/lists-killed.ts', files: ['bench/', 'cli/start/'], packages: ['node:*'] },
  { from: 'bench/edge/edge-process.ts', files: ['cli/start/'], packages: ['node:*'] },
  { from: 'bench/far/doh-server.ts', files: ['probe-node/sandbox/'], packages: [] },
  // The platform around the built worker: it knows the upload and nothing of the sources.
  { from: 'rehearsal/', files: ['rehearsal/'], packages: ['esbuild', 'node:*', 'wrangler', 'zod'] },
  { from: 'rehearsal/isolate/', files: ['rehearsal/'], packages: ['cloudflare:workers', 'node:async_hooks'] },
  { from: 'rehearsal/violator/', files: [], packages: ['cloudflare:workers'] },
  // The open benchmark starts servers as the interop suite does.
  { from: 'bench/versus/', files: ['bench/', 'shared/', 'package.json', 'test/interop/lab/'], packages: ['*'] },
  // Tells whether the judge can be led astray.
  { from: 'bench/figures/hostile.ts', files: ['bench/', 'edge/judge/verdict.ts', 'shared/'], packages: ['node:*'] },
];

const FOLDERS = ['shared', 'client', 'edge', 'probe-node', 'cli', 'examples', 'scripts', 'bench', 'rehearsal', 'web'];

/** Files in which a function of the runtime may be used: time, randomness and I/O are parameters everywhere else. */
const CLOCKS_ALLOWED = [
  'bench/',
  'cli/',
  // The default of an option.
  'client/verify-token.ts',
  'client/verify-webhook.ts',
  'edge/objects/key-holder-object.ts',
  'edge/objects/list-object.ts',
  'edge/objects/quota-object.ts',
  'edge/objects/registry-object.ts',
  'edge/wiring/services.ts',
  'probe-node/commands.ts',
  'edge/worker.ts',
  'probe-node/main.ts',
  'probe-node/sandbox/server.ts',
  'rehearsal/',
  'scripts/',
  'shared/token.ts',
  'web/page/browser/',
];

function sourceFiles(): readonly string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => `${folder}/${name}`),
  );
}

function wallOf(file: string): Wall {
  const walls = WALLS.filter(({ from }) => file.startsWith(from));
  const wall = walls.sort((a, b) => b.from.length - a.from.length)[0];
  if (wall === undefined) throw new Error(`${file} stands outside of every wall`);
  return wall;
}

function breach({ file, specifier }: Import): string | null {
  const wall = wallOf(file);
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    if (!/\.(tsx?|bin|json)$/.test(specifier)) return `${file} imports ${specifier} without .ts`;
    return wall.files.some((prefix) => target.startsWith(prefix)) ? null : `${file} imports ${target}`;
  }
  const isAllowed = wall.packages.some(
    (name) =>
      name === '*' ||
      name === specifier ||
      specifier.startsWith(`${name}/`) ||
      (name === 'node:*' && specifier.startsWith('node:')),
  );
  return isAllowed ? null : `${file} imports ${specifier}`;
}

describe('the walls', () => {
  const files = sourceFiles();
  const imports = files.flatMap(importsOf);
  /** The project files that each file imports. */
  const targetsOf: ReadonlyMap<string, readonly string[]> = new Map(
    files.map((file) => {
      const own = imports.filter((entry) => entry.file === file && entry.specifier.startsWith('.'));
      return [file, own.map(({ specifier }) => path.posix.join(path.posix.dirname(file), specifier))];
    }),
  );

  test('the reader of imports sees every import', () => {
    expect(files.length).toBeGreaterThan(40);
    expect(imports.length).toBeGreaterThan(files.length);
    expect(breach({ file: 'probe-node/flow/probe.ts', specifier: '../../edge/app.ts' })).not.toBeNull();
    expect(breach({ file: 'edge/flow/verify.ts', specifier: 'node:fs' })).not.toBeNull();
    expect(breach({ file: 'shared/job.ts', specifier: 'hono' })).not.toBeNull();
  });

  test('zod is imported as a namespace, so that a bundle takes only the used parts', () => {
    const named = /^import \{ z \} from 'zod'/m;
    expect(sourceFiles().filter((file) => named.test(readFileSync(path.join(ROOT, file), 'utf8')))).toEqual([]);
  });

  test('the worker contains nothing of the OpenAPI document', () => {
    const isOfDocument = (file: string): boolean => file.startsWith('edge/openapi/');
    const inEdge = imports.filter(({ file }) => file.startsWith('edge/') && !isOfDocument(file));
    const targets = inEdge.map(({ file, specifier }) => path.posix.join(path.posix.dirname(file), specifier));
    expect(targets.filter(isOfDocument)).toEqual([]);
  });

  test('no import crosses a wall', () => {
    expect(imports.map(breach).filter((found) => found !== null)).toEqual([]);
  });

  test.each([
    ['edge', 'export const pid = process.pid;'],
    ['shared', 'export const pid = process.pid;'],
    ['probe-node', 'export type Namespace = KVNamespace;'],
    ['shared', 'export const page = document;'],
  ])('code for another runtime does not compile in %s: %s', (folder, source) => {
    // Beside the code and not in it: other tests read its folders at the same time.
    const cache = path.join(ROOT, '.cache');
    mkdirSync(cache, { recursive: true });
    const walled = mkdtempSync(path.join(cache, 'runtime-wall-'));
    writeFileSync(path.join(walled, 'wall.ts'), source);
    const settings = { extends: path.join(ROOT, folder, 'tsconfig.json'), include: ['wall.ts'] };
    writeFileSync(path.join(walled, 'tsconfig.json'), JSON.stringify(settings));
    try {
      const { status, stdout } = spawnSync(TSC, ['-p', walled], { cwd: ROOT, encoding: 'utf8' });
      expect(stdout).toMatch(/error TS[0-9]+: Cannot find name/);
      expect(status).not.toBe(0);
    } finally {
      rmSync(walled, { recursive: true });
    }
  });

  test('no import cycle exists, types counted', () => {
    expect(files.map((file) => cycleFrom(file, targetsOf)).filter((cycle) => cycle !== null)).toEqual([]);
  });

  describe('the path of a request in docs/ARCHITECTURE.md', () => {
    const [onEdge, onNode] = waysOfARequest();

    test('passes at most nine files on the edge and seven on the node', () => {
      expect(onEdge.slice(0, 3)).toEqual(['edge/worker.ts', 'edge/app.ts', 'edge/routes/verify.ts']);
      expect(onNode.slice(0, 2)).toEqual(['probe-node/http/server.ts', 'probe-node/http/run-jobs.ts']);
      expect([onEdge.length <= 9, onNode.length <= 7]).toEqual([true, true]);
    });

    test('has each file imported by one before it, by way of two others at most', () => {
      for (const way of [onEdge, onNode]) {
        for (const [place, file] of way.entries()) {
          const reached = way.slice(0, place).some((before) => importDistance(before, file, targetsOf) <= 3);
          expect([file, place === 0 || reached]).toEqual([file, true]);
        }
      }
    });

    test('never turns back: no file is imported by a later one', () => {
      for (const way of [onEdge, onNode]) {
        for (const [place, file] of way.entries()) {
          const later = way.slice(place + 1).filter((other) => importDistance(other, file, targetsOf) < Infinity);
          expect([file, later]).toEqual([file, []]);
        }
      }
    });
  });

  test('clock and randomness are parameters outside of the files that wire them', () => {
    const offenders = files.filter(
      (file) =>
        !CLOCKS_ALLOWED.some((prefix) => file.startsWith(prefix)) &&
        /\bDate\.now\(\)|\bMath\.random\(\)|\bnew Date\(\)/.test(readFileSync(path.join(ROOT, file), 'utf8')),
    );
    expect(offenders).toEqual([]);
  });

  test('no file has a name that says nothing', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|misc|lib|types|constants|index)(\/|\.ts$)/;
    expect(files.filter((file) => drawers.test(file))).toEqual([]);
  });

  test('no exported name has two meanings', () => {
    const declared = /^export (?:async )?(?:type|interface|class|function|const|let)\*? (\w+)/gm;
    const filesByName = new Map<string, string[]>();
    for (const file of files.filter((each) => /^(?:shared|edge|probe-node|cli)\//.test(each))) {
      for (const [, name = ''] of readFileSync(path.join(ROOT, file), 'utf8').matchAll(declared)) {
        filesByName.set(name, [...(filesByName.get(name) ?? []), file]);
      }
    }
    const twice = [...filesByName].filter(([, found]) => found.length > 1);
    expect(twice.map(([name, found]) => `${name}: ${found.join(', ')}`)).toEqual([]);
  });

  test('no folder of the edge or of the node has more than 25 entries', () => {
    const full = ['edge', 'probe-node'].flatMap(foldersBelow).filter((folder) => entriesOf(folder).length > 25);
    expect(full).toEqual([]);
  });

  test('no file is longer than 350 lines, tables of data excepted', () => {
    const isTable = (file: string): boolean =>
      /personas|\/rules\/|providers|shared\/verdict|alias-rules|-table|\/data\//.test(file);
    const long = files.filter(
      (file) => !isTable(file) && readFileSync(path.join(ROOT, file), 'utf8').split('\n').length > 350,
    );
    expect(long).toEqual([]);
  });
});

function entriesOf(folder: string) {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true });
}

/** The folder, and all folders below it. */
function foldersBelow(folder: string): readonly string[] {
  const inside = entriesOf(folder).filter((entry) => entry.isDirectory());
  return [folder, ...inside.flatMap(({ name }) => foldersBelow(`${folder}/${name}`))];
}

/** The numbered files of the two tables, edge first. */
function waysOfARequest(): readonly [edge: readonly string[], node: readonly string[]] {
  const text = readFileSync(path.join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');
  const section = text.slice(text.indexOf('## The path of a request'), text.indexOf('## The map'));
  const named = [...section.matchAll(/^\| [0-9]+ \| \[([^\]]+)\]/gm)].map(([, file]) => file ?? '');
  return [named.filter((file) => file.startsWith('edge/')), named.filter((file) => file.startsWith('probe-node/'))];
}

/** Imports from one file to another by the shortest way; Infinity if there is none. */
function importDistance(from: string, to: string, targets: ReadonlyMap<string, readonly string[]>): number {
  const seen = new Set([from]);
  let reached = [from];
  for (let distance = 0; reached.length > 0; distance += 1) {
    if (reached.includes(to)) return distance;
    const next = new Set(reached.flatMap((file) => targets.get(file) ?? []).filter((file) => !seen.has(file)));
    for (const file of next) seen.add(file);
    reached = [...next];
  }
  return Number.POSITIVE_INFINITY;
}

/** A chain of imports, those of types among them, that comes back to its start, or null. */
function cycleFrom(start: string, targets: ReadonlyMap<string, readonly string[]>): string | null {
  const seen = new Set<string>();
  const walk = (file: string, chain: readonly string[]): string | null => {
    for (const target of targets.get(file) ?? []) {
      if (target === start) return [...chain, target].join(' -> ');
      if (seen.has(target)) continue;
      seen.add(target);
      const found = walk(target, [...chain, target]);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(start, [start]);
}
