/** The part of the OpenAPI document about free keys by mail. */
import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { freeKeyRequestSchema } from '../routes/free-key-request.ts';
import { body, FAULTS, named, problem } from './parts.ts';

const TAGS = ['Free key'];

const OFF = problem('This edge has no EMAIL binding, or no MAIL_FROM', 'mail_off');
const PAGE = { 'text/html': {} };

export function freeKeysArea(): Hono {
  const FreeKeyRequest = named('FreeKeyRequest', freeKeyRequestSchema(), 'input');
  const area = new Hono();
  area.post(
    '/v1/keys/request',
    describeRoute({
      operationId: 'requestKey',
      summary: 'Have a link to a free key sent by mail',
      description:
        'The answer is the same for every address that may have a key. The link works once, within 30 minutes.',
      tags: TAGS,
      requestBody: body(FreeKeyRequest),
      responses: {
        202: {
          description: 'Taken',
          content: { 'application/json': { schema: { type: 'object' }, example: { status: 'accepted' } } },
        },
        400: FAULTS.badRequest,
        405: FAULTS.methodNotAllowed,
        413: FAULTS.bodyTooLarge,
        415: FAULTS.unsupportedMediaType,
        422: problem('The address is disposable, a role, or invalid; `errors` says which', 'address_refused'),
        429: problem('This network has asked for too many keys today; see `Retry-After`', 'too_many_requests'),
        500: FAULTS.internal,
        501: OFF,
        503: problem('This edge sends no more keys today; see `Retry-After`', 'overloaded'),
      },
    }),
  );
  area.get(
    '/keys/confirm',
    describeRoute({
      operationId: 'confirmKey',
      summary: 'The page of the link, with a button',
      tags: TAGS,
      parameters: [
        {
          name: 'link',
          in: 'query',
          required: true,
          schema: { type: 'string', description: 'From the message' },
        },
      ],
      responses: {
        200: { description: 'A page', content: PAGE },
        410: { description: 'A page: the link is none, or too old', content: PAGE },
        501: OFF,
      },
    }),
  );
  area.post(
    '/keys/confirm',
    describeRoute({
      operationId: 'showKey',
      summary: 'The page with the key, shown once',
      description: 'A free key that the same mailbox had before stops working.',
      tags: TAGS,
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: { type: 'object', properties: { link: { type: 'string' } }, required: ['link'] },
          },
        },
      },
      responses: {
        200: { description: 'A page', content: PAGE },
        410: { description: 'A page: the link is none, too old, or used', content: PAGE },
        501: OFF,
        503: { description: 'A page: the key could not be made, and the link still works', content: PAGE },
      },
    }),
  );
  return area;
}
