/**
 * A mail server that plays a script, for tests that read like a transcript: it sends exactly these bytes in these
 * pieces and expects exactly these bytes in one write of the client, or reports the difference.
 *
 * One script a connection, in order; a surplus connection is a fault. So is any input that no step expects, except the
 * QUIT of a client that leaves when the script is over. Faults are kept and come out of `played()`. Raw TCP on
 * 127.0.0.1, port 0, no time of its own.
 */
import { createServer, type Socket } from 'node:net';

export type ScriptStep =
  | { readonly kind: 'send'; readonly chunks: readonly (string | Uint8Array)[] }
  | { readonly kind: 'hear'; readonly bytes: string }
  | { readonly kind: 'hear_nothing' }
  /** Takes one write of any content. */
  | { readonly kind: 'hear_something' }
  | { readonly kind: 'half_close' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'await_close' }
  | { readonly kind: 'do'; readonly run: () => void };

export type Script = readonly ScriptStep[];

/** Sends lines in one segment, each with CRLF. */
export function says(...lines: readonly string[]): ScriptStep {
  return { kind: 'send', chunks: [lines.map((line) => `${line}\r\n`).join('')] };
}

/** Sends pieces as they are, each in a segment of its own. */
export function sends(...chunks: readonly (string | Uint8Array)[]): ScriptStep {
  return { kind: 'send', chunks };
}

/** Takes these lines from the client, each with CRLF and all of them in one write. */
export function hears(...lines: readonly string[]): ScriptStep {
  return { kind: 'hear', bytes: lines.map((line) => `${line}\r\n`).join('') };
}

/** Sees that the client has written nothing, and writes nothing while the event loop turns. */
export const hearsNothing: ScriptStep = { kind: 'hear_nothing' };
/** Ends its own side of the connection; the rest of the script is still played. */
export const halfCloses: ScriptStep = { kind: 'half_close' };
/** Breaks the connection with a TCP reset. */
export const resets: ScriptStep = { kind: 'reset' };
/** Keeps the connection open, mute, until the client has closed it. */
export const awaitsClose: ScriptStep = { kind: 'await_close' };

/** Runs code of the test at this place of the script. */
export function does(run: () => void): ScriptStep {
  return { kind: 'do', run };
}

export type ScriptedServer = {
  readonly port: number;
  /** Connections taken so far. */
  readonly connections: () => number;
  /** Resolves when every script has ended and every connection is closed; rejects with the first difference. */
  readonly played: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Starts a server; the end of a script closes the connection, after all written bytes have been sent. */
export async function startScriptedServer(...scripts: readonly Script[]): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const plays: Promise<void>[] = [];
  const faults: Error[] = [];
  let wake = (): void => {};
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    const script = scripts[plays.length];
    const ended = script === undefined ? refuse(socket) : play(socket, script).finally(() => socket.destroySoon());
    plays.push(
      ended.catch((error: Error) => {
        faults.push(error);
        socket.destroy();
      }),
    );
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connections: () => plays.length,
    played: async () => {
      while (plays.length < scripts.length) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await Promise.all(plays);
      if (faults[0] !== undefined) throw faults[0];
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function refuse(socket: Socket): Promise<void> {
  socket.on('error', () => {});
  return Promise.reject(new Error('there is no script for this connection'));
}

async function play(socket: Socket, script: Script): Promise<void> {
  const client = listenTo(socket);
  for (const [index, step] of script.entries()) {
    const fault = await playStep(step, socket, client);
    if (fault !== null) throw new Error(`step ${index + 1} (${step.kind}): ${fault}`);
  }
  if (!socket.writableEnded) socket.end();
  await client.gone();
  const rest = client.unread().join('');
  if (rest !== '' && rest !== 'QUIT\r\n')
    throw new Error(`after the last step the client wrote ${JSON.stringify(rest)}`);
}

/** Plays one step; returns the difference, or null. */
async function playStep(step: ScriptStep, socket: Socket, client: Client): Promise<string | null> {
  switch (step.kind) {
    case 'send':
      for (const chunk of step.chunks) await write(socket, chunk);
      return null;
    case 'hear': {
      const heard = await client.write();
      if (heard === step.bytes) return null;
      return `expected ${JSON.stringify(step.bytes)}, ${heard === null ? 'the client closed' : `got ${JSON.stringify(heard)}`}`;
    }
    case 'hear_something':
      return (await client.write()) === null ? 'the client closed' : null;
    case 'hear_nothing':
      await turnLoop();
      return client.unread().length === 0 ? null : `got ${JSON.stringify(client.unread().join(''))}`;
    case 'half_close':
      socket.end();
      await turnLoop();
      return null;
    case 'reset':
      socket.resetAndDestroy();
      return null;
    case 'await_close':
      await client.gone();
      return null;
    case 'do':
      step.run();
      return null;
  }
}

type Client = {
  /** The next write, or null if the client has closed. */
  readonly write: () => Promise<string | null>;
  readonly unread: () => readonly string[];
  readonly gone: () => Promise<void>;
};

function listenTo(socket: Socket): Client {
  const writes: string[] = [];
  let isGone = false;
  let wake = (): void => {};
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  socket.on('data', (chunk) => {
    writes.push(chunk.toString('utf8'));
    wake();
  });
  for (const event of ['end', 'error', 'close']) {
    socket.on(event, () => {
      isGone = true;
      wake();
    });
  }
  return {
    write: async () => {
      while (writes.length === 0 && !isGone) await change();
      return writes.shift() ?? null;
    },
    unread: () => writes,
    gone: async () => {
      while (!isGone) await change();
    },
  };
}

/** Writes a segment and lets the event loop turn, so that the client reads it before the next one is written. */
async function write(socket: Socket, chunk: string | Uint8Array): Promise<void> {
  if (!socket.writable) return;
  await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
  await turnLoop();
}

async function turnLoop(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
