/**
 * `vrfy node doctor`: examines this machine as the node would, with the node's own settings, and says what to mend.
 *
 * Reads PROBE_* from the environment. Exit code 1 where a fault was found, 78 for bad settings. It serves nothing and
 * says nothing to a mail server but QUIT.
 */
import { notExamined, whyNot } from '../probe-node/doctor/doctor.ts';
import { createExamine } from '../probe-node/doctor/examine.ts';
import { localAddresses } from '../probe-node/doctor/local-addresses.ts';
import { parseSettings, type Settings, SettingsError } from '../probe-node/settings.ts';
import type { DoctorFinding } from '../shared/enrolment.ts';
import { EXIT, readArguments } from './exit.ts';
import { toJsonLine, visible } from './visible.ts';

export async function doctorCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({ args: [...args], options: { json: { type: 'boolean', default: false } } });
  let settings: Settings;
  try {
    settings = parseSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`vrfy: the settings of the node do not fit\n${error.message}\n`);
    return EXIT.config;
  }
  const findings = await findingsOf(settings);
  const faults = findings.filter(({ level }) => level === 'fault').length;
  process.stdout.write(values.json ? toJsonLine({ faults, findings }) : render(findings));
  return faults > 0 ? EXIT.problems : EXIT.fine;
}

async function findingsOf(settings: Settings): Promise<readonly DoctorFinding[]> {
  const reason = whyNot(settings);
  if (reason !== null) return [notExamined(reason)];
  const examine = createExamine(settings, { nowMs: () => Date.now(), localAddresses });
  return (await examine(new AbortController().signal)).findings;
}

const MARKS: Readonly<Record<DoctorFinding['level'], string>> = {
  fault: 'FAULT',
  warning: 'warning',
  skipped: 'skipped',
  fine: 'fine',
};

/** A finding is a line, and where there is something to do, a second one that can be copied. */
function render(findings: readonly DoctorFinding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, detail, fix }) => [
    `${MARKS[level].padEnd(8)} ${check.padEnd(width)}  ${visible(detail)}`,
    ...(fix === null ? [] : [`${' '.repeat(width + 9)}  -> ${visible(fix)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}
