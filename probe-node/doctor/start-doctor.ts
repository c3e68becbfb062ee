/**
 * Starts the doctor of a running node: wires it to the machine and logs its findings. Decides nothing (doctor.ts does).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NodeSettings } from '../settings.ts';
import { createDoctor, type Doctor } from './doctor.ts';
import { createExamine } from './examine.ts';
import { localAddresses } from './local-addresses.ts';

export type StartPorts = {
  readonly log: Logger;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Resolves when the node listens: before that its own URL cannot be checked. */
  readonly listening: Promise<unknown>;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Called after each examination, so that a change is reported at once. */
  readonly onExamined: () => void;
};

/** Examines the node for as long as it runs. */
export function startDoctor(settings: NodeSettings, { log, nowMs, listening, signal, onExamined }: StartPorts): Doctor {
  const examine = createExamine(settings, { nowMs, localAddresses });
  return createDoctor(
    settings,
    {
      examine: async (ending) => {
        await listening;
        return examine(ending);
      },
      // An abort resolves early; it is no error.
      sleep: (ms, ending) => delay(ms, undefined, { signal: ending }).catch(() => {}),
      onExamined: (findings, isFit) => {
        for (const { check, level, detail, fix } of findings) {
          if (level === 'fault') log.error({ check, fix }, detail);
          else if (level === 'warning') log.warn({ check, fix }, detail);
        }
        log.info({ isFit, findings: findings.length }, 'examined');
        onExamined();
      },
      onFault: (cause) => log.error({ cause: cause instanceof Error ? cause.name : null }, 'the examination broke off'),
    },
    signal,
  );
}
