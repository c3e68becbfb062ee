/** A clock and timers that move only when a test says so. */
import type { SmtpPorts } from '../../../probe-node/sandbox/smtp-server.ts';

type Timer = { readonly delayMs: number; readonly run: () => void };

export type ManualTimers = SmtpPorts & {
  readonly advance: (ms: number) => void;
  /** Resolves with its delay as soon as a timer is set, at once if one is. */
  readonly nextTimer: () => Promise<number>;
  /** Runs the oldest timer that is set. */
  readonly fire: () => void;
  readonly pending: () => number;
};

export function manualTimers(): ManualTimers {
  const timers = new Set<Timer>();
  let clockMs = 0;
  let wake = (): void => {};
  return {
    nowMs: () => clockMs,
    after: (delayMs, run) => {
      const timer = { delayMs, run };
      timers.add(timer);
      wake();
      return () => timers.delete(timer);
    },
    advance: (ms) => {
      clockMs += ms;
    },
    nextTimer: async () => {
      for (;;) {
        for (const timer of timers) return timer.delayMs;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    fire: () => {
      for (const timer of timers) {
        timers.delete(timer);
        timer.run();
        return;
      }
    },
    pending: () => timers.size,
  };
}
