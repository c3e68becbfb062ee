/**
 * Checks the form of commit subjects (`npm run check:commits`): `area: verb object`, at most 72 characters, no full stop
 * at the end. Merges and reverts, whose subjects git writes, pass.
 *
 * Only commits after `BASE` count: older ones were written before there was a form. If `BASE` is not there (a shallow
 * clone, a tarball), it says so and checks nothing. Exit code 1 if a subject has another form.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The last commit that is not checked. */
const BASE = 'c544844258363b3f06aef03424a2718067fd978b';
const SUBJECT_LENGTH_MAX = 72;

/** The fault of a subject, or null. */
export function faultOfSubject(subject: string): string | null {
  if (/^(?:Merge|Revert) /.test(subject)) return null;
  if (subject.length > SUBJECT_LENGTH_MAX) return `has ${subject.length} characters; ${SUBJECT_LENGTH_MAX} are allowed`;
  const form = /^(?<area>[\w./-]+): (?<verb>[a-z][\w-]*) \S/.exec(subject);
  if (form === null) return 'is not "area: verb object", such as "edge/dns: bound the wait for a resolver"';
  if (subject.endsWith('.')) return 'ends with a full stop';
  return null;
}

/** The commits after `base` with a fault, one line each; null if `base` is not in this clone. */
export function faultyCommits(directory: string, base: string): readonly string[] | null {
  const git = (...args: readonly string[]) => spawnSync('git', ['-C', directory, ...args], { encoding: 'utf8' });
  if (git('cat-file', '-e', `${base}^{commit}`).status !== 0) return null;
  const { status, stdout, stderr } = git('log', '--format=%h %s', `${base}..HEAD`);
  if (status !== 0) throw new Error(`git log: ${stderr}`);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const subject = line.slice(line.indexOf(' ') + 1);
      const fault = faultOfSubject(subject);
      return fault === null ? [] : [`${line}\n  ${fault}`];
    });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faulty = faultyCommits(fileURLToPath(new URL('..', import.meta.url)), BASE);
  if (faulty === null) {
    process.stdout.write(`commit subjects: not checked, ${BASE.slice(0, 7)} is not in this clone\n`);
  } else if (faulty.length > 0) {
    process.stderr.write(`${faulty.join('\n')}\nTo mend it: git rebase -i ${BASE.slice(0, 7)}, and "reword"\n`);
    process.exitCode = 1;
  }
}
