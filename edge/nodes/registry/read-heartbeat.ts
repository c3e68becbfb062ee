/** Parses a heartbeat from the body of its request, or returns the refusal. No fault quotes the body. */
import { type Heartbeat, heartbeatSchema } from '../../../shared/enrolment.ts';
import { fieldFaultsOf } from '../../../shared/problem.ts';
import { type Refusal, refuse } from './registry.ts';

export function readHeartbeat(body: Uint8Array): Heartbeat | Refusal {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // The parser's own message would quote the body.
    return refuse('invalid_json', 'The body is not JSON.');
  }
  const parsed = heartbeatSchema().safeParse(json);
  if (parsed.success) return parsed.data;
  const errors = fieldFaultsOf(parsed.error);
  return { ...refuse('invalid_request', `${errors[0]?.field}: ${errors[0]?.detail}.`), errors };
}
