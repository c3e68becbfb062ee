/** The upload of the edge, which a rehearsal builds once for all of its files (built-upload.ts). */
import { inject } from 'vitest';
import { readUpload, type Upload } from '../../rehearsal/upload.ts';

let read: Promise<Upload> | null = null;

export function theUpload(): Promise<Upload> {
  read ??= readUpload(inject('uploadFile'));
  return read;
}
