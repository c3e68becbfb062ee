/**
 * The TLS handshake after STARTTLS (RFC 3207), over a socket that has spoken clear text so far.
 *
 * The certificate is not checked: TLS is privacy on the way here, not proof of a name. Nothing is thrown; whoever calls
 * destroys the socket when it fails. Before it: connection.ts.
 */
import type net from 'node:net';
import tls from 'node:tls';

/** Milliseconds for a TLS handshake. */
const TLS_TIMEOUT_MS = 10_000;

/** The secured stream, or how it failed; it is `timeout` too where the signal came first. */
export async function shakeHands(
  socket: net.Socket,
  host: string,
  signal: AbortSignal,
): Promise<tls.TLSSocket | 'failed' | 'timeout'> {
  const stream = tls.connect({ socket, servername: host, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
  // An error that comes after the wait is over must find a listener.
  stream.on('error', () => {});
  const ending = await settled(stream, AbortSignal.any([signal, AbortSignal.timeout(TLS_TIMEOUT_MS)]));
  return ending === 'secure' ? stream : ending;
}

function settled(stream: tls.TLSSocket, signal: AbortSignal): Promise<'secure' | 'failed' | 'timeout'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('timeout');
    signal.addEventListener('abort', () => resolve('timeout'), { once: true });
    stream.once('secureConnect', () => resolve('secure'));
    stream.once('error', () => resolve('failed'));
    stream.once('close', () => resolve('failed'));
  });
}
