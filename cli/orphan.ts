/** Npm and npx pass a SIGTERM on to nobody: that they are gone shows in who our parent is. */

/** Milliseconds between two looks. */
const LOOK_MS = 250;

/** Calls `end` when the npm that started us is no more; does nothing where none did. */
export function whenOrphaned(end: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    end();
  }, LOOK_MS);
  look.unref();
}
