/**
 * The examination as a command, for `vrfy node doctor` and for the node's bundled file: takes the node's own
 * environment, returns the output and the exit code. It serves no jobs and sends a mail server nothing except QUIT.
 *
 * Exit code 1 for a fault, 78 (EX_CONFIG) for bad settings, which are named line by line.
 */

import type { DoctorFinding } from '../../shared/enrolment.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { type NodeSettings, parseNodeSettings, SettingsError, stateFolderOf } from '../settings.ts';
import { readKept } from '../state.ts';
import { notExamined, whyNot } from './doctor.ts';
import { createExamine, type ExaminePorts } from './examine.ts';

export type Printed = { readonly code: number; readonly stdout: string; readonly stderr: string };

export async function examineByHand(
  environment: Readonly<Record<string, string | undefined>>,
  isJson: boolean,
  ports: ExaminePorts,
): Promise<Printed> {
  let settings: NodeSettings;
  try {
    const kept = await readKept(stateFolderOf(environment));
    settings = parseNodeSettings({ ...kept.settings, ...environment }, kept.membership);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { code: EXIT.config, stdout: '', stderr: `the settings of the node are not valid\n${error.message}\n` };
  }
  const findings = await findingsOf(settings, ports);
  const faults = findings.filter(({ level }) => level === 'fault').length;
  const stdout = isJson ? `${JSON.stringify({ faults, findings })}\n` : render(findings);
  return { code: faults > 0 ? 1 : 0, stdout, stderr: '' };
}

async function findingsOf(settings: NodeSettings, ports: ExaminePorts): Promise<readonly DoctorFinding[]> {
  const reason = whyNot(settings);
  if (reason !== null) return [notExamined(reason)];
  return (await createExamine(settings, ports)(new AbortController().signal)).findings;
}

const MARKS: Readonly<Record<DoctorFinding['level'], string>> = {
  fault: 'FAULT',
  warning: 'warning',
  skipped: 'skipped',
  fine: 'fine',
};

/** One line per finding, and a second one to copy if there is a remedy. Plain ASCII only. */
function render(findings: readonly DoctorFinding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, detail, fix }) => [
    `${MARKS[level].padEnd(8)} ${check.padEnd(width)}  ${detail}`,
    ...(fix === null ? [] : [`${' '.repeat(width + 9)}  -> ${fix}`]),
  ]);
  return `${lines.join('\n')}\n`;
}
