/** Whether this is the npm package or a clone of the repository. */

/** The package is built JavaScript (scripts/build-cli.ts); a clone runs its TypeScript directly. */
export const isPackage = !import.meta.url.endsWith('.ts');
