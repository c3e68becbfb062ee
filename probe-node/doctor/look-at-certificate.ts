/**
 * Checks the certificate at PROBE_URL as the edge will: by Node's own TLS with the system's trust, and for how long it
 * is still valid. Only the handshake is sent. Nothing throws.
 */
import net from 'node:net';
import tls from 'node:tls';
import { isLoopbackHost } from '../../shared/loopback.ts';
import type { CertificateFacts } from './facts.ts';

const TIMEOUT_MS = 5_000;

/**
 * @param nowMs wall clock
 * @param ca certificates that are trusted instead of the system's
 */
export async function lookAtCertificate(url: URL | null, nowMs: number, ca?: string): Promise<CertificateFacts> {
  if (url === null) return { kind: 'none', url: 'not_set' };
  if (url.protocol !== 'https:') return { kind: 'none', url: isLoopbackHost(url.hostname) ? 'loopback' : 'http' };
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 443 : Number(url.port);
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = tls.connect({ host, port, ...name, ...(ca === undefined ? {} : { ca }) });
  return new Promise((resolve) => {
    let isConnected = false;
    const settle = (facts: CertificateFacts): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(facts);
    };
    const timer = setTimeout(() => settle({ kind: 'unreachable', fault: 'timeout' }), TIMEOUT_MS);
    socket.on('connect', () => {
      isConnected = true;
    });
    socket.on('secureConnect', () => {
      const { valid_from: begin, valid_to: end } = socket.getPeerCertificate();
      settle({ kind: 'valid', leftMs: Date.parse(end) - nowMs, lifeMs: Date.parse(end) - Date.parse(begin) });
    });
    // Kept on purpose: an error after the result must find a listener.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const fault = error.code ?? 'tls_error';
      settle({ kind: isConnected ? 'refused' : 'unreachable', fault });
    });
  });
}
