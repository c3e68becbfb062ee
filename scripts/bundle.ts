/** How every build bundles: one set of options, and a check that no import is left. */
import { createHash } from 'node:crypto';
import { isBuiltin } from 'node:module';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** For esbuild: JavaScript modules for Node. The same sources give the same octets in any folder. */
export async function bundleForNode(options: BuildOptions & { readonly absWorkingDir: string }) {
  return build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    charset: 'utf8',
    logLevel: 'error',
    // CommonJS packages `require` Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    ...options,
    ...({ write: false, metafile: true } as const),
  });
}

/** Throws if an import is neither bundled nor a module of Node. */
export function refuseLeftovers({ outputs }: Metafile, allowed: readonly string[] = []): void {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const left = imports
    .map((entry) => entry.path)
    .filter((path) => !isBuiltin(path) && outputs[path] === undefined && !allowed.includes(path));
  if (left.length > 0) throw new Error(`the bundle still imports ${[...new Set(left)].join(', ')}`);
}

/** In hexadecimal, to be compared after a copy. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
