/**
 * Gives memory back when a rush is over.
 *
 * V8 collects when it allocates: a node that has held thousands of sessions and now has nothing to do would keep all
 * that they left behind until the next rush. One collection at leisure returns it; while there is work none is made.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Jobs at once that count as a rush: below, there is little to give back. */
const RUSH_JOBS = 200;
/** Milliseconds between two looks. */
const LOOK_MS = 2_000;

/** Watches until the process ends, and does not keep it from ending. */
export function giveBackAfterRushes(runningJobs: () => number): void {
  setFlagsFromString('--expose-gc');
  const collect: (how: object) => void = runInNewContext('gc');
  let wasRush = false;
  const look = (): void => {
    if (runningJobs() >= RUSH_JOBS) wasRush = true;
    if (!wasRush || runningJobs() > 0) return;
    wasRush = false;
    // The flavour that also hands empty pages back to the system.
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  setInterval(look, LOOK_MS).unref();
}
