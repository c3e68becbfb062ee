/** Builds the upload of the edge before the first test file of a rehearsal, and tells all of them its file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { writeUpload } from '../../rehearsal/upload.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly uploadFile: string;
  }
}

export default async function buildOnce(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vrfy-upload-'));
  const file = path.join(folder, 'upload');
  await writeUpload(file);
  project.provide('uploadFile', file);
  return () => rm(folder, { recursive: true, force: true });
}
