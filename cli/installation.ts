/** Whether this is the package that npm installs, or a clone of the repository. */

/** The package is built JavaScript (scripts/build-cli.ts); a clone runs its TypeScript as it is. */
export const isPackage = !import.meta.url.endsWith('.ts');
