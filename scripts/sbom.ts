/**
 * The bill of materials of a release, in CycloneDX: each artefact with the hash of its file, and the packages that are inside
 * it.
 *
 * "Inside" comes from the bundler's own account, not from the manifest: a package that no artefact contains is not named.
 * There is neither a time nor a random serial number in it, so that the same sources give the same octets.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import { Bom, Component, HashDictionary, LicenseExpression, SpdxLicense } from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { BundledPackage } from './licences.ts';

export type Artefact = {
  /** Path of its file; for the edge and its pages, which are deployed and not handed out, a name alone. */
  readonly file: string;
  /** In hexadecimal; null for what is not handed out. */
  readonly sha256: string | null;
  readonly packages: readonly BundledPackage[];
};

/** The text of the bill. `root` is the folder of the project, whose lock file has the hashes of the packages. */
export async function sbomOf(root: string, artefacts: readonly Artefact[]): Promise<string> {
  const read = async (name: string) => JSON.parse(await readFile(path.join(root, name), 'utf8'));
  const [project, lock] = [await read('package.json'), await read('package-lock.json')];
  const bom = new Bom();
  const whole = new Component(ComponentType.Application, project.name, {
    bomRef: project.name,
    version: project.version,
    description: project.description,
  });
  whole.licenses.add(licence(project.license));
  bom.metadata.component = whole;
  const known = new Map<string, Component>();
  for (const { file, sha256, packages } of artefacts) {
    const name = path.basename(file);
    const part = new Component(ComponentType.Application, name, {
      bomRef: `${project.name}/${name}`,
      version: project.version,
      ...(sha256 === null ? {} : { hashes: new HashDictionary([[HashAlgorithm['SHA-256'], sha256]]) }),
    });
    part.licenses.add(licence(project.license));
    bom.components.add(part);
    whole.dependencies.add(part.bomRef);
    for (const inside of packages) {
      const purl = packageUrl(inside);
      const component = known.get(purl) ?? library(inside, purl, lock.packages);
      known.set(purl, component);
      bom.components.add(component);
      part.dependencies.add(component.bomRef);
    }
  }
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

type Locked = Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;

function library(inside: BundledPackage, purl: string, locked: Locked): Component {
  const hash = hashOf(locked, inside);
  const component = new Component(ComponentType.Library, inside.name, {
    bomRef: purl,
    purl,
    version: inside.version,
    ...(hash === null ? {} : { hashes: new HashDictionary([[HashAlgorithm['SHA-512'], hash]]) }),
  });
  component.licenses.add(licence(inside.licence));
  return component;
}

function licence(expression: string): SpdxLicense | LicenseExpression {
  return /[\s()]/.test(expression) ? new LicenseExpression(expression) : new SpdxLicense(expression);
}

/** SHA-512 in hexadecimal of the package as it was fetched; null if the lock file has another kind of hash. */
function hashOf(locked: Locked, { name, version }: BundledPackage): string | null {
  const entry = Object.entries(locked).find(
    ([folder, { version: fixed }]) => folder.endsWith(`node_modules/${name}`) && fixed === version,
  );
  const [, base64] = /^sha512-(\S+)$/.exec(entry?.[1].integrity ?? '') ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex');
}

/** `pkg:npm/%40scope/name@version` (the npm type of the purl specification). */
function packageUrl({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${encodeURIComponent(version)}`;
}
