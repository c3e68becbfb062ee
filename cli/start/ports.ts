/** Checks that a port is free before anything is started on it. */
import net from 'node:net';

class PortTakenError extends Error {}

/** Throws a PortTakenError if the port is in use. */
export async function refuseTakenPort(port: number): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? new PortTakenError(
              error.code === 'EACCES'
                ? `port ${port} needs more rights than we have; choose another with --port N`
                : `port ${port} is taken; stop what listens there, or choose another with --port N`,
            )
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
