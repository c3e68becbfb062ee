/** Evidence as a node gives it, for the tests of whatever reads it. */
import type { Evidence } from '../../../shared/job.ts';
import type { Reply } from '../../../shared/replies/reply.ts';

/** RCPT accepted and a random mailbox refused, unless said otherwise. */
export function evidenceOf(parts: Partial<Evidence> = {}): Evidence {
  return {
    id: 0,
    host: 'mx.firm.example',
    ip: '192.0.2.25',
    stage: 'rcpt',
    outcome: 'reply',
    reply: { code: 250, enhanced: '2.1.5', text: 'Ok' },
    fault: null,
    stranger: strangerTold({ code: 550, enhanced: '5.1.1', text: 'User unknown' }),
    tls: false,
    rule: null,
    retry_after_s: null,
    node: 'fra1',
    region: 'eu-central',
    attempts: [],
    ms: 12,
    ...parts,
  };
}

/** The reply to a random mailbox, just now by default. */
export function strangerTold(reply: Reply, ageSeconds = 0): NonNullable<Evidence['stranger']> {
  return { reply, age_s: ageSeconds };
}
