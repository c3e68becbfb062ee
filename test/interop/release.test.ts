// The artefacts of a release: built twice, checked by their sums and their bill of materials, tried in empty folders under each
// Node that they support, and put into a container without network.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../shared/version.ts';
import { buildahIn, makeRoot } from './lab/container.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TRIAL_LIMIT_MS = 300_000;
const run = promisify(execFile);

let folder: string;
let dist: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vrfy-release-'));
  dist = path.join(folder, 'dist');
  await script('build.ts', dist);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Output of a script of the project. */
async function script(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [path.join('scripts', name), ...args], { cwd: ROOT });
  return stdout;
}

describe('a release', () => {
  test('is the probe node and its container file, two packages, the widget, the bill of materials and the sums of all', async () => {
    expect((await readdir(dist)).sort()).toEqual([
      'Containerfile',
      'SHA256SUMS',
      'probe-node.mjs',
      `vrfy-${VERSION}.cdx.json`,
      `vrfy-${VERSION}.tgz`,
      `vrfy-client-${VERSION}.tgz`,
      `vrfy-widget-${VERSION}.js`,
      `vrfy-widget-${VERSION}.js.integrity`,
    ]);
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: dist });
    expect(stdout.trim().split('\n')).toHaveLength(6);
  });

  test('is the same to the octet when it is built again', async () => {
    const again = path.join(folder, 'again');
    await script('build.ts', again);
    expect(await readFile(path.join(again, 'SHA256SUMS'), 'utf8')).toBe(
      await readFile(path.join(dist, 'SHA256SUMS'), 'utf8'),
    );
  });

  test('has a bill of materials that CycloneDX allows, with the packages of each artefact', async () => {
    const text = await readFile(path.join(dist, `vrfy-${VERSION}.cdx.json`), 'utf8');
    expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
    const { dependencies } = JSON.parse(text) as {
      readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
    };
    const insideOf = (name: string) => dependencies.find(({ ref }) => ref === `vrfy/${name}`)?.dependsOn ?? [];
    const includes = (name: string) => expect.arrayContaining([expect.stringContaining(`pkg:npm/${name}@`)]);
    expect(insideOf('probe-node.mjs')).toEqual(includes('pino'));
    expect(insideOf(`vrfy-${VERSION}.tgz`)).toEqual(includes('commander'));
    expect(insideOf('edge worker')).toEqual(includes('csv-parse'));
    expect(insideOf('pages')).toEqual(includes('hono'));
    expect(insideOf('pages')).toEqual(includes('%40scalar/api-reference'));
    expect(insideOf(`vrfy-client-${VERSION}.tgz`)).toEqual([]);
  });

  test(
    'works in an empty folder under each Node that it supports',
    async () => {
      const lines = (await script('try-release.ts', dist)).trim().split('\n');
      expect(lines).toEqual(
        [20, 22, 24].map((major) => expect.stringMatching(`^Node v${major}\\..*: the artefacts work$`)),
      );
    },
    TRIAL_LIMIT_MS,
  );
});

describe('the container of a probe node', () => {
  test('is built from the artefacts without network, and runs the node without rights of its own', async () => {
    const context = path.join(folder, 'context');
    await mkdir(context);
    for (const name of ['probe-node.mjs', 'Containerfile'])
      await copyFile(path.join(dist, name), path.join(context, name));
    const file = path.join(context, 'Containerfile');
    const [, base = ''] = /^FROM (\S+)$/m.exec(await readFile(file, 'utf8')) ?? [];
    const buildah = await buildahIn(folder);
    const must = async (...args: readonly string[]): Promise<string> => {
      const { code, output } = await buildah(...args);
      expect([code, output]).toEqual([0, expect.anything()]);
      return output.trim();
    };
    await makeRoot(path.join(folder, 'root'), [process.execPath, '/usr/bin/install', '/usr/bin/id']);
    const standIn = await must('from', 'scratch');
    await must('copy', standIn, path.join(folder, 'root'), '/');
    await must('commit', standIn, base);
    await must('build', '--format', 'docker', '-t', 'vrfy-probe', '--build-arg', 'FILES=.', '-f', file, context);
    const container = await must('from', '--pull-never', 'vrfy-probe');

    const { Docker: image } = JSON.parse(await must('inspect', container)) as {
      readonly Docker: { readonly config: { readonly Entrypoint: readonly string[]; readonly User: string } };
    };
    expect(await must('run', container, '--', 'id', '-un')).toBe('node');
    const { code, output } = await buildah('run', container, '--', ...image.config.Entrypoint);
    expect([code, output]).toEqual([78, expect.stringContaining('PROBE_EDGE: ')]);
    await must('run', container, '--', 'sh', '-c', 'echo key > /var/lib/vrfy-probe/key');
    expect((await buildah('run', container, '--', 'sh', '-c', 'echo > /opt/vrfy/probe-node.mjs')).code).not.toBe(0);
  });
});
