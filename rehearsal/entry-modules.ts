/**
 * The entry modules of a rehearsal: generated code that imports the limits first and the uploaded worker after them, and
 * exports the same names, wrapped (isolate/wrap.ts).
 */
import path from 'node:path';
import { build } from 'esbuild';
import type { Upload } from './upload.ts';

export type EntryModules = {
  /** Main module of a loaded isolate. */
  readonly isolate: string;
  /** Main module of the Worker that holds the objects. */
  readonly objects: string;
  readonly prelude: string;
  readonly objectHost: string;
  readonly front: string;
  /** In the place of `cloudflare:workers`. */
  readonly runtime: string;
};

export async function makeEntryModules(upload: Upload): Promise<EntryModules> {
  const objects = [...new Set(Object.values(upload.objectClasses))];
  const entrypoints = exportsOf(upload).filter((name) => name !== 'default' && !objects.includes(name));
  const main = JSON.stringify(`./${upload.mainModule}`);
  return {
    isolate: [
      "import { wrapEntrypoint, wrapHandler } from './prelude.js';",
      `import * as uploaded from ${main};`,
      'export default wrapHandler(uploaded.default);',
      ...entrypoints.map((name) => `export const ${name} = wrapEntrypoint('${name}', uploaded.${name});`),
    ].join('\n'),
    objects: [
      "import { forwardEntrypoint, wrapObject } from './prelude.js';",
      `import * as uploaded from ${main};`,
      "export { ObjectHost } from './object-host.js';",
      'export default {};',
      ...objects.map((name) => `export const ${name} = wrapObject('${name}', uploaded.${name});`),
      ...entrypoints.map((name) => `export const ${name} = forwardEntrypoint('${name}', uploaded.${name});`),
    ].join('\n'),
    prelude: await bundle('prelude.ts'),
    objectHost: await bundle('object-host.ts'),
    front: await bundle('front.ts'),
    runtime: "export * from 'cloudflare:workers';\nexport { waitUntil } from './prelude.js';\n",
  };
}

/**
 * The uploaded module with its import of the runtime replaced by one that notes the work of `waitUntil`. Nothing else is
 * touched.
 */
export function overRuntime(source: string): string {
  return source.replaceAll(/from "cloudflare:workers"/g, 'from "./runtime.js"');
}

/** Names that the bundle exports; esbuild writes one statement at its end. */
function exportsOf({ modules, mainModule }: Upload): readonly string[] {
  const source = new TextDecoder().decode(modules.find(({ name }) => name === mainModule)?.content);
  const [, list] = /export \{([^}]*)\};\s*(?:\/\/.*\s*)?$/.exec(source) ?? [];
  if (list === undefined) throw new Error(`${mainModule} has no list of exports at its end`);
  return list.split(',').map((entry) => entry.trim().split(' as ').at(-1) ?? '');
}

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'isolate', file)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:workers', 'node:async_hooks'],
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
