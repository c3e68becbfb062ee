import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Version } from '@cyclonedx/cyclonedx-library/Spec';
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sbomOf } from '../../scripts/sbom.ts';

const OCTETS = Buffer.alloc(64, 7);
const PACKAGE = { name: '@scope/inner', version: '1.2.3+x', licence: 'MIT', texts: [] };
const OTHER = { name: 'outer', version: '2.0.0', licence: '(MIT OR Apache-2.0)', texts: [] };

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'vrfy-sbom-'));
  const project = { name: 'vrfy', version: '0.9.0', description: 'verifies', license: 'MIT' };
  await writeFile(path.join(root, 'package.json'), JSON.stringify(project));
  const packages = {
    'node_modules/@scope/inner': { version: '1.0.0', integrity: 'sha512-AAAA' },
    'node_modules/outer/node_modules/@scope/inner': {
      version: '1.2.3+x',
      integrity: `sha512-${OCTETS.toString('base64')}`,
    },
    'node_modules/outer': { version: '2.0.0' },
  };
  await writeFile(path.join(root, 'package-lock.json'), JSON.stringify({ packages }));
});

afterAll(() => rm(root, { recursive: true }));

test('the bill of materials names each package once, with its licence and the hash of the version that is inside', async () => {
  const text = await sbomOf(root, [
    { file: '/dist/a.mjs', sha256: 'a'.repeat(64), packages: [PACKAGE, OTHER] },
    { file: '/dist/b.tgz', sha256: 'b'.repeat(64), packages: [PACKAGE] },
    { file: 'edge worker', sha256: null, packages: [] },
  ]);
  expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
  const { metadata, components, dependencies } = JSON.parse(text);
  expect(metadata).toMatchObject({ component: { name: 'vrfy', version: '0.9.0' } });
  expect(metadata).not.toHaveProperty('timestamp');
  const purl = 'pkg:npm/%40scope/inner@1.2.3%2Bx';
  expect(components.map(({ name }: { readonly name: string }) => name)).toEqual(
    expect.arrayContaining(['@scope/inner', 'a.mjs', 'b.tgz', 'edge worker', 'outer']),
  );
  expect(components).toHaveLength(5);
  expect(components).toContainEqual(
    expect.objectContaining({ purl, hashes: [{ alg: 'SHA-512', content: OCTETS.toString('hex') }] }),
  );
  expect(components).toContainEqual(
    expect.objectContaining({ name: 'a.mjs', hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }] }),
  );
  expect(components).toContainEqual(
    expect.objectContaining({ name: 'outer', licenses: [{ expression: '(MIT OR Apache-2.0)' }] }),
  );
  expect(dependencies).toContainEqual({ ref: 'vrfy/a.mjs', dependsOn: [purl, 'pkg:npm/outer@2.0.0'] });
  expect(dependencies).toContainEqual({ ref: 'vrfy/b.tgz', dependsOn: [purl] });
});

test('the bill of materials is the same to the octet when it is written again', async () => {
  const artefacts = [{ file: 'a', sha256: null, packages: [PACKAGE, OTHER] }];
  expect(await sbomOf(root, artefacts)).toBe(await sbomOf(root, artefacts));
});
