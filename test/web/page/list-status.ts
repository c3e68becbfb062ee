/** A list as the edge tells it, with what a test says of it. */
import type { ListStatus } from '../../../client/vrfy-client.ts';

export function listOf(told: Partial<ListStatus>): ListStatus {
  return {
    id: 'A'.repeat(22),
    name: 'people.csv',
    state: 'done',
    waiting_for: null,
    rows: 0,
    distinct: 0,
    duplicates: 0,
    done: 0,
    free: 0,
    by_verdict: { deliverable: 0, invalid: 0, risky: 0, unknown: 0 },
    by_reason: {},
    by_provider: [],
    expected_bounce_rate: null,
    eta_seconds: null,
    next_retry_at: null,
    parts: null,
    failure: null,
    created_at: '2026-01-01T00:00:00.000Z',
    finished_at: null,
    expires_at: '2026-01-31T00:00:00.000Z',
    ...told,
  };
}
