/** Notices that npm or npx has ended: they do not pass on SIGTERM, but our parent process changes when they die. */

/** Milliseconds between two looks at the parent. */
const LOOK_MS = 250;

/** Calls `end` once the npm that started us has died; does nothing if npm did not start us. */
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
