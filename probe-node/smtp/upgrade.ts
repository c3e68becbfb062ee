/**
 * The TLS handshake over a socket whose server has said 220 to STARTTLS (RFC 3207).
 *
 * The certificate is not checked: this is privacy on the way, not proof of a name, as MX records prove none either.
 */
import type net from 'node:net';
import tls from 'node:tls';

/** Milliseconds for a TLS handshake. */
const TLS_TIMEOUT_MS = 10_000;

/** The encrypted stream; `failed` or `late` if there is none. */
export async function upgrade(
  socket: net.Socket,
  host: string,
  signal: AbortSignal,
): Promise<tls.TLSSocket | 'failed' | 'late'> {
  const stream = tls.connect({ socket, servername: host, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  // A late error must find a listener, or it would end the process.
  stream.on('error', () => {});
  const ending = await handshake(stream, AbortSignal.any([signal, AbortSignal.timeout(TLS_TIMEOUT_MS)]));
  return ending === 'done' ? stream : ending;
}

function handshake(stream: tls.TLSSocket, signal: AbortSignal): Promise<'done' | 'failed' | 'late'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('late');
    signal.addEventListener('abort', () => resolve('late'), { once: true });
    stream.once('secureConnect', () => resolve('done'));
    stream.once('error', () => resolve('failed'));
    stream.once('close', () => resolve('failed'));
  });
}
