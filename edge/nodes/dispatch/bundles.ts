/**
 * Packs jobs into as few requests as a node's bounds allow. Pure.
 *
 * A node takes a job, or several as a bundle (shared/job.ts); either is one signed body. Jobs are never split.
 */
import { JOB_BYTES_MAX, JOBS_MAX, PROTOCOL_VERSION, type ProbeJob, RECIPIENTS_MAX } from '../../../shared/job.ts';

/** Octets of a bundle besides its jobs and their commas. */
const ENVELOPE_OCTETS = 64;

/** Groups the jobs in the order given; each bundle is filled before the next one begins. */
export function packJobs<Holder extends { readonly job: ProbeJob }>(
  holders: readonly Holder[],
): readonly (readonly Holder[])[] {
  const bundles: Holder[][] = [];
  let recipients = 0;
  let octets = 0;
  for (const holder of holders) {
    const { job } = holder;
    const jobOctets = encode(job).length + 1;
    const last = bundles.at(-1);
    const fits =
      last !== undefined &&
      last.length < JOBS_MAX &&
      recipients + job.recipients.length <= RECIPIENTS_MAX &&
      octets + jobOctets <= JOB_BYTES_MAX;
    if (fits) last.push(holder);
    else bundles.push([holder]);
    recipients = (fits ? recipients : 0) + job.recipients.length;
    octets = (fits ? octets : ENVELOPE_OCTETS) + jobOctets;
  }
  return bundles;
}

/** The body of the request: a single job goes unbundled. */
export function bodyOf(jobs: readonly ProbeJob[]): Uint8Array<ArrayBuffer> {
  return encode(jobs.length === 1 ? jobs[0] : { version: PROTOCOL_VERSION, jobs });
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(JSON.stringify(value)));
}
