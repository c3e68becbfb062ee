import { describe, expect, test } from 'vitest';
import { bodyOf, packJobs } from '../../../../edge/nodes/dispatch/bundles.ts';
import { JOB_BYTES_MAX, type ProbeJob, probeBundleSchema, probeJobSchema } from '../../../../shared/job.ts';
import { jobOf } from '../small-nodes.ts';

const holders = (jobs: readonly ProbeJob[]): readonly { job: ProbeJob }[] => jobs.map((job) => ({ job }));
const locals = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `person${index}`);
const jobs = (count: number, recipients: number): readonly ProbeJob[] =>
  Array.from({ length: count }, (_, index) => jobOf(`d${index}.example`, locals(recipients)));

const sizes = (packed: ReturnType<typeof packJobs>): readonly number[] => packed.map(({ length }) => length);

describe('jobs are packed', () => {
  test('jobs are packed into as few bundles as recipients allow', () => {
    expect(sizes(packJobs(holders(jobs(50, 20))))).toEqual([50]);
    expect(sizes(packJobs(holders(jobs(51, 20))))).toEqual([50, 1]);
    expect(sizes(packJobs(holders(jobs(3, 600))))).toEqual([1, 1, 1]);
  });

  test('jobs are packed five hundred to a bundle at most', () => {
    expect(sizes(packJobs(holders(jobs(501, 1))))).toEqual([500, 1]);
  });

  test('jobs are packed within the octets that a node reads, mail hosts included', () => {
    const host = `${'h'.repeat(60)}.${'h'.repeat(60)}.${'h'.repeat(60)}.${'h'.repeat(60)}.example`;
    const mail_hosts = Array.from({ length: 20 }, (_, preference) => ({ host, preference }));
    const long = jobs(900, 1).map((job) => ({ ...job, mail_hosts }));
    const packed = packJobs(holders(long));
    expect(packed.flat().map(({ job }) => job)).toEqual(long);
    for (const bundle of packed) expect(bodyOf(bundle.map(({ job }) => job)).length).toBeLessThanOrEqual(JOB_BYTES_MAX);
    expect(packed.length).toBeGreaterThan(1);
  });

  test('jobs are packed in their order, and none is lost', () => {
    const all = jobs(7, 300);
    expect(
      packJobs(holders(all))
        .flat()
        .map(({ job }) => job),
    ).toEqual(all);
    expect(packJobs([])).toEqual([]);
  });
});

describe('the body', () => {
  test('the body of one job is the job itself', () => {
    const [job] = jobs(1, 2);
    if (job === undefined) throw new Error('the test needs a job');
    expect(probeJobSchema().parse(JSON.parse(new TextDecoder().decode(bodyOf([job]))))).toEqual(job);
  });

  test('the body of several jobs is a bundle', () => {
    const several = jobs(2, 0);
    expect(probeBundleSchema().parse(JSON.parse(new TextDecoder().decode(bodyOf(several)))).jobs).toEqual(several);
  });
});
