/** The part of the OpenAPI document about nodes: who joins, who reports, who administers. */

import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import * as z from 'zod';
import {
  enrolAnswerSchema,
  enrolRequestSchema,
  HISTORY_SPANS,
  heartbeatAnswerSchema,
  heartbeatSchema,
  nodeHistorySchema,
  nodeReportSchema,
} from '../../shared/enrolment.ts';
import { joinTokenRequestSchema, nodeChangeSchema } from '../routes/nodes.ts';
import { NODE_EVENTS } from './examples.ts';
import { ADMIN_FAULTS, ADMIN_SECURITY, body, content, FAULTS, named, type Parameter, problem } from './parts.ts';

const TAGS = ['Nodes'];

const ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', description: 'The name of the node' },
  example: 'fra1',
};

const FORGET_SINCE: Parameter = {
  name: 'forget_since',
  in: 'query',
  required: false,
  schema: {
    type: 'string',
    format: 'date-time',
    description:
      'Verdicts, and what is known of domains, that came from this node since that time are not believed any more; also of a node that was removed in the last 30 days',
  },
  example: '2026-01-01T00:00:00Z',
};

const SPAN: Parameter = {
  name: 'span',
  in: 'query',
  required: false,
  schema: { type: 'string', enum: [...HISTORY_SPANS], default: 'hour', description: 'How far back' },
  example: 'hour',
};

const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY };
const FOR_NODES = { tags: ['Node protocol'] };
const COMMON_FAULTS = {
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: FAULTS.registryUnavailable,
} as const;
const BODY_FAULTS = {
  400: FAULTS.badRequest,
  413: FAULTS.bodyTooLarge,
  415: FAULTS.unsupportedMediaType,
} as const;
const NO_NODE = problem('There is no such node', 'not_found');

export function nodesArea(): Hono {
  const Node = named('Node', nodeReportSchema(), 'output');
  const Nodes = named('Nodes', z.object({ nodes: z.array(nodeReportSchema()) }), 'output');
  const NodeHistory = named('NodeHistory', nodeHistorySchema(), 'output');
  const NodeChange = named('NodeChange', nodeChangeSchema, 'input');
  const JoinTokenRequest = named('JoinTokenRequest', joinTokenRequestSchema, 'input');
  const JoinToken = named(
    'JoinToken',
    z.object({ token: z.string(), region: z.string(), expires_at: z.iso.datetime() }),
    'output',
  );
  const EnrolRequest = named('EnrolRequest', enrolRequestSchema(), 'input');
  const Enrolled = named('Enrolled', enrolAnswerSchema, 'output');
  const Heartbeat = named('Heartbeat', heartbeatSchema(), 'input');
  const HeartbeatAnswer = named('HeartbeatAnswer', heartbeatAnswerSchema, 'output');
  const area = new Hono();
  area.get(
    '/v1/nodes',
    describeRoute({
      operationId: 'nodes',
      summary: 'List the nodes, with state and last heartbeat',
      ...FOR_ADMIN,
      responses: { 200: { description: 'The nodes', content: content(Nodes) }, ...ADMIN_FAULTS, ...COMMON_FAULTS },
    }),
  );
  area.get(
    '/v1/nodes/events',
    describeRoute({
      operationId: 'nodeEvents',
      summary: 'Watch the nodes by server-sent events',
      ...FOR_ADMIN,
      responses: {
        200: {
          description:
            'Events `nodes`, at most one batch a second: first all nodes, then those that have changed. `ids` in the last event of a batch names all that there are. The stream ends after ten minutes',
          content: { 'text/event-stream': { schema: { type: 'string' }, example: NODE_EVENTS } },
        },
        ...ADMIN_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.get(
    '/v1/nodes/history',
    describeRoute({
      operationId: 'nodeHistory',
      summary: 'Jobs and replies of all nodes in the last hour or day',
      ...FOR_ADMIN,
      parameters: [SPAN],
      responses: {
        200: { description: 'Counts by minute or by quarter of an hour', content: content(NodeHistory) },
        400: FAULTS.badRequest,
        ...ADMIN_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.patch(
    '/v1/nodes/:id',
    describeRoute({
      operationId: 'nodeChange',
      summary: 'Activate or drain a node',
      ...FOR_ADMIN,
      parameters: [ID],
      requestBody: body(NodeChange),
      responses: {
        200: { description: 'The node as it is now', content: content(Node) },
        404: NO_NODE,
        ...ADMIN_FAULTS,
        ...BODY_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.delete(
    '/v1/nodes/:id',
    describeRoute({
      operationId: 'nodeRemove',
      summary: 'Remove a node',
      ...FOR_ADMIN,
      parameters: [ID, FORGET_SINCE],
      responses: {
        204: { description: 'It is gone' },
        400: FAULTS.badRequest,
        404: NO_NODE,
        ...ADMIN_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/nodes/tokens',
    describeRoute({
      operationId: 'nodeToken',
      summary: 'Make a one-time token for a node to join',
      ...FOR_ADMIN,
      requestBody: body(JoinTokenRequest),
      responses: {
        201: { description: 'The token, shown this once', content: content(JoinToken) },
        ...ADMIN_FAULTS,
        ...BODY_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/nodes/enrol',
    describeRoute({
      operationId: 'nodeEnrol',
      summary: 'A node joins; the edge challenges the URL that it claims',
      ...FOR_NODES,
      requestBody: body(EnrolRequest),
      responses: {
        201: { description: 'It is a node of this edge', content: content(Enrolled) },
        403: problem(
          'The token is not known, has expired, has been used or is for another region',
          'join_token_unknown',
        ),
        409: problem('Another live node has this id or URL', 'node_id_taken'),
        422: problem(
          'The URL is none that a node may have, or the node does not answer there; the token stays good',
          'node_url_unproven',
        ),
        ...BODY_FAULTS,
        ...COMMON_FAULTS,
      },
    }),
  );
  area.post(
    '/v1/nodes/heartbeat',
    describeRoute({
      operationId: 'nodeHeartbeat',
      summary: 'A node reports its health; signed with its own key',
      ...FOR_NODES,
      requestBody: body(Heartbeat),
      responses: {
        200: { description: 'What the edge makes of the node', content: content(HeartbeatAnswer) },
        400: FAULTS.badRequest,
        401: problem('The token is not one of an enrolled node', 'node_unknown'),
        403: problem('The node has been removed', 'node_removed'),
        409: problem(
          'The heartbeat is not newer than the last one, or another live node has the URL',
          'heartbeat_stale',
        ),
        413: FAULTS.bodyTooLarge,
        422: problem('The node has another URL now, and does not answer there', 'node_url_unproven'),
        ...COMMON_FAULTS,
      },
    }),
  );
  return area;
}
