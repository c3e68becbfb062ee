/**
 * Checks that the edge can be reached, that the clocks agree, and that the edge will trust this node's certificate.
 * Pure.
 */
import { CLOCK_TOLERANCE_SECONDS } from '../../../shared/token.ts';
import type { CertificateFacts, EdgeFacts } from '../facts.ts';
import { type CheckFinding, fault, fine, skipped, warning } from '../finding.ts';

/** Share of the tolerance from which a clock is reported: it will drift further. */
const CLOCK_WARNING = 0.4;
const DAY_MS = 86_400_000;
/**
 * An ACME client renews with a third of the life left: a certificate below this share has missed more than one renewal.
 */
const LATE_PART_OF_LIFE = 1 / 4;
const LATE_MS_MAX = 14 * DAY_MS;

export function checkEdge(edge: EdgeFacts): CheckFinding {
  if (edge.kind === 'answered' && edge.status === 200) return fine('edge', 'The edge answers and publishes its keys.');
  const problem = edge.kind === 'failed' ? `cannot be reached (${edge.fault})` : `answers ${edge.status}`;
  return fault(
    'edge',
    `The edge ${problem} for /.well-known/jwks.json: without its keys no job can be checked, and each is refused with keys_unavailable.`,
    'Check that PROBE_EDGE is the URL of the edge, and that this machine may connect to it.',
  );
}

export function checkClock(edge: EdgeFacts): CheckFinding {
  const clock = edge.kind === 'answered' ? edge.clock : null;
  if (clock === null) return skipped('clock', 'The edge sends no time.');
  const offMs = Math.max(0, Math.abs(clock.aheadMs) - clock.uncertainMs);
  const direction = clock.aheadMs > 0 ? 'ahead of' : 'behind';
  const detail = `The clock of this machine is ${(offMs / 1000).toFixed(1)} s ${direction} that of the edge`;
  const fix = 'Run NTP: timedatectl set-ntp true (systemd), or chronyd; then check with timedatectl.';
  if (offMs > CLOCK_TOLERANCE_SECONDS * 1000) {
    return fault('clock', `${detail}, and ${CLOCK_TOLERANCE_SECONDS} s are allowed: valid tokens are refused.`, fix);
  }
  if (offMs > CLOCK_TOLERANCE_SECONDS * 1000 * CLOCK_WARNING) {
    return warning('clock', `${detail}; from ${CLOCK_TOLERANCE_SECONDS} s on valid tokens are refused.`, fix);
  }
  return fine(
    'clock',
    `The clock agrees with that of the edge to ${((offMs + clock.uncertainMs) / 1000).toFixed(1)} s.`,
  );
}

export function checkCertificate(certificate: CertificateFacts): CheckFinding {
  switch (certificate.kind) {
    case 'valid': {
      const days = Math.floor(certificate.leftMs / DAY_MS);
      if (certificate.leftMs > Math.min(LATE_MS_MAX, certificate.lifeMs * LATE_PART_OF_LIFE)) {
        return fine('certificate', `The certificate of PROBE_URL is trusted and valid for ${days} more days.`);
      }
      return warning(
        'certificate',
        `The certificate of PROBE_URL ends in ${Math.max(0, Math.floor(certificate.leftMs / 3_600_000))} hours; after that the edge refuses to connect.`,
        'Find out why it is not renewed: read the log of the ACME client (caddy, certbot), and check that it can be reached at port 80 or 443.',
      );
    }
    case 'refused':
      return fault(
        'certificate',
        `The certificate of PROBE_URL is not trusted (${certificate.fault}): the edge will not connect.`,
        'Get one for the host of PROBE_URL from a public authority (Caddy and certbot do that), and serve its whole chain.',
      );
    case 'unreachable':
      return warning(
        'certificate',
        `PROBE_URL cannot be reached from here (${certificate.fault}); if the network has no way back to itself, the edge may still reach it.`,
        'Check from another machine that PROBE_URL/healthz answers; if not, open its port and point its name to this machine.',
      );
    default:
      return certificate.url === 'http'
        ? warning(
            'certificate',
            'PROBE_URL is http: jobs, addresses and tokens travel in clear text.',
            'Put TLS in front of the node and set PROBE_URL to https.',
          )
        : skipped(
            'certificate',
            certificate.url === 'loopback' ? 'PROBE_URL is on this machine.' : 'PROBE_URL is not set.',
          );
  }
}
