/** A folder for the state of a runtime under test. */
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY_DISK = '/dev/shm';
/** A million rows, their results and their memory. */
const OCTETS_MIN = 4 * 1024 ** 3;

/**
 * On a memory disk if there is one with room: the development runtime writes a file for each value of KV, which the platform does
 * not, so that the disk would be a good part of what is measured.
 */
export async function makeStateFolder(): Promise<string> {
  const { bavail, bsize } = await statfs(MEMORY_DISK).catch(() => ({ bavail: 0, bsize: 0 }));
  return mkdtemp(path.join(bavail * bsize >= OCTETS_MIN ? MEMORY_DISK : tmpdir(), 'vrfy-bench-'));
}
