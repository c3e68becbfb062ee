/** The process of the edge's runtime under `startEdge`: its memory and its processor time. */
import { readdir, readFile } from 'node:fs/promises';

const MIB = 1_048_576;
const PAGE_OCTETS = 4_096;

/** The runtime of the edge and its resident memory: of the grandchildren of this process named workerd the largest one. */
export async function workerProcess(): Promise<{ readonly pid: string; readonly mib: number }> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, name = '', parent = ''] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
      const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')).split(' ')[1] ?? 0);
      return { pid, name, parent, mib: (pages * PAGE_OCTETS) / MIB };
    }),
  );
  const family = new Set([String(process.pid)]);
  for (let grown = 0; grown !== family.size; ) {
    grown = family.size;
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const workers = processes.filter(({ pid, name }) => family.has(pid) && name === 'workerd');
  const [largest] = workers.sort((a, b) => b.mib - a.mib);
  if (largest === undefined) throw new Error('no workerd runs');
  return largest;
}

/** Processor time of a process so far, in clock ticks of 10 ms. */
export async function cpuMsOf(pid: string): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
