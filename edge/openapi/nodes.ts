/** The part of the OpenAPI document about nodes: who joins, who reports, who administers. */
import * as z from 'zod';
import {
  enrolAnswerSchema,
  enrolRequestSchema,
  heartbeatAnswerSchema,
  heartbeatSchema,
  nodeReportSchema,
} from '../../shared/enrolment.ts';
import { joinTokenRequestSchema, nodeChangeSchema } from '../routes/nodes.ts';
import {
  ADMIN_FAULTS,
  ADMIN_SECURITY,
  type Area,
  content,
  FAULTS,
  type Operation,
  type Parameter,
  problem,
  schemaOf,
} from './parts.ts';

const TAGS = ['Nodes'] as const;

const ID: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', description: 'The name of the node', examples: ['fra1'] },
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
    examples: ['2026-01-01T00:00:00Z'],
  },
};

const FOR_ADMIN = { tags: TAGS, security: ADMIN_SECURITY } as const;
const FOR_NODES = { tags: TAGS, 'x-caller': 'node' } as const;
const COMMON_FAULTS = {
  405: FAULTS.methodNotAllowed,
  500: FAULTS.internal,
  503: problem('The registry does not answer just now; see `Retry-After`'),
} as const;
const BODY_FAULTS = {
  400: FAULTS.badRequest,
  413: FAULTS.bodyTooLarge,
  415: FAULTS.unsupportedMediaType,
} as const;
const NO_NODE = problem('There is no such node');

function body(reference: string): NonNullable<Operation['requestBody']> {
  return { required: true, content: content(reference) };
}

export const nodesArea = (): Area => ({
  paths: {
    '/v1/nodes': {
      get: {
        operationId: 'nodes',
        summary: 'Every node with its state and its last heartbeat',
        ...FOR_ADMIN,
        responses: { 200: { description: 'The nodes', content: content('Nodes') }, ...ADMIN_FAULTS, ...COMMON_FAULTS },
      },
    },
    '/v1/nodes/{id}': {
      patch: {
        operationId: 'nodeChange',
        summary: 'Let a node take jobs, or empty it',
        ...FOR_ADMIN,
        parameters: [ID],
        requestBody: body('NodeChange'),
        responses: {
          200: { description: 'The node as it is now', content: content('Node') },
          404: NO_NODE,
          ...ADMIN_FAULTS,
          ...BODY_FAULTS,
          ...COMMON_FAULTS,
        },
      },
      delete: {
        operationId: 'nodeRemove',
        summary: 'Remove a node: its key is refused from now on',
        ...FOR_ADMIN,
        parameters: [ID, FORGET_SINCE],
        responses: {
          204: { description: 'It is gone' },
          400: FAULTS.badRequest,
          404: NO_NODE,
          ...ADMIN_FAULTS,
          ...COMMON_FAULTS,
        },
      },
    },
    '/v1/nodes/tokens': {
      post: {
        operationId: 'nodeToken',
        summary: 'Make a one-time token for a node to join a region with',
        ...FOR_ADMIN,
        requestBody: body('JoinTokenRequest'),
        responses: {
          201: { description: 'The token, shown this once', content: content('JoinToken') },
          ...ADMIN_FAULTS,
          ...BODY_FAULTS,
          ...COMMON_FAULTS,
        },
      },
    },
    '/v1/nodes/enrol': {
      post: {
        operationId: 'nodeEnrol',
        summary: 'A node joins: the edge challenges it over the URL that it claims',
        ...FOR_NODES,
        requestBody: body('EnrolRequest'),
        responses: {
          201: { description: 'It is a node of this edge', content: content('Enrolled') },
          403: problem('The token is not known, has expired, has been used or is for another region'),
          409: problem('Another live node has this id or URL'),
          422: problem('The URL is none that a node may have, or the node does not answer there; the token stays good'),
          ...BODY_FAULTS,
          ...COMMON_FAULTS,
        },
      },
    },
    '/v1/nodes/heartbeat': {
      post: {
        operationId: 'nodeHeartbeat',
        summary: 'A node tells how it is; signed with its own key',
        ...FOR_NODES,
        requestBody: body('Heartbeat'),
        responses: {
          200: { description: 'What the edge makes of the node', content: content('HeartbeatAnswer') },
          400: FAULTS.badRequest,
          401: problem('The token is not one of an enrolled node'),
          403: problem('The node has been removed'),
          409: problem('The heartbeat is not newer than the last one, or another live node has the URL'),
          413: FAULTS.bodyTooLarge,
          422: problem('The node has another URL now, and does not answer there'),
          ...COMMON_FAULTS,
        },
      },
    },
  },
  schemas: {
    Node: schemaOf(nodeReportSchema, 'output'),
    Nodes: schemaOf(z.object({ nodes: z.array(nodeReportSchema) }), 'output'),
    NodeChange: schemaOf(nodeChangeSchema, 'input'),
    JoinTokenRequest: schemaOf(joinTokenRequestSchema, 'input'),
    JoinToken: schemaOf(z.object({ token: z.string(), region: z.string(), expires_at: z.iso.datetime() }), 'output'),
    EnrolRequest: schemaOf(enrolRequestSchema, 'input'),
    Enrolled: schemaOf(enrolAnswerSchema, 'output'),
    Heartbeat: schemaOf(heartbeatSchema, 'input'),
    HeartbeatAnswer: schemaOf(heartbeatAnswerSchema, 'output'),
  },
});
