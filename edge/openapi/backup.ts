/** The part of the OpenAPI document about back-up and restore of an edge. */

import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { backupPageSchema, restoreAnswerSchema } from '../../shared/backup.ts';
import { restoreRequestSchema } from '../routes/backup.ts';
import { ADMIN_FAULTS, ADMIN_SECURITY, body, CURSOR, content, FAULTS, named } from './parts.ts';

const FOR_ADMIN = { tags: ['Back-up'], security: ADMIN_SECURITY };
const COMMON_FAULTS = {
  400: FAULTS.badRequest,
  ...ADMIN_FAULTS,
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.storeUnavailable,
} as const;

export function backupArea(): Hono {
  const BackupPage = named('BackupPage', backupPageSchema(), 'output');
  const RestoreRequest = named('RestoreRequest', restoreRequestSchema(), 'input');
  const Restored = named('Restored', restoreAnswerSchema(), 'output');
  const area = new Hono();
  area.get(
    '/v1/backup',
    describeRoute({
      operationId: 'getBackup',
      summary: 'Read keys, marks and nodes, without secrets',
      description:
        'Nodes first, then marks, then keys. A key is known by its hash; the address of its owner and the secrets of its webhooks stay sealed under CACHE_KEY.',
      ...FOR_ADMIN,
      parameters: [CURSOR],
      responses: { 200: { description: 'One page of entries', content: content(BackupPage) }, ...COMMON_FAULTS },
    }),
  );
  area.post(
    '/v1/restore',
    describeRoute({
      operationId: 'postRestore',
      summary: 'Take entries of a back-up back',
      description:
        'An entry that exists is kept as it is. A key that was revoked after the back-up comes back: look at a dry run first. A node proves its URL with its next heartbeat.',
      ...FOR_ADMIN,
      requestBody: body(RestoreRequest),
      responses: {
        200: { description: 'The outcome of each entry', content: content(Restored) },
        413: FAULTS.bodyTooLarge,
        415: FAULTS.unsupportedMediaType,
        ...COMMON_FAULTS,
      },
    }),
  );
  return area;
}
