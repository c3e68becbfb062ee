/** What the files that are built have in common: one way to bundle, and nothing left to be imported. */
import { createHash } from 'node:crypto';
import { isBuiltin } from 'node:module';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** For esbuild: JavaScript modules for Node. The same sources give the same octets, whatever folder they lie in. */
export async function bundleForNode(options: BuildOptions & { readonly absWorkingDir: string }) {
  return build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    charset: 'utf8',
    logLevel: 'error',
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    ...options,
    ...({ write: false, metafile: true } as const),
  });
}

/** Throws if something is imported that is neither in the files nor in Node. */
export function refuseLeftovers({ outputs }: Metafile, allowed: readonly string[] = []): void {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const left = imports
    .map((entry) => entry.path)
    .filter((path) => !isBuiltin(path) && outputs[path] === undefined && !allowed.includes(path));
  if (left.length > 0) throw new Error(`the file would need ${[...new Set(left)].join(', ')} beside it`);
}

/** In hexadecimal: what somebody compares after a copy. */
export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
