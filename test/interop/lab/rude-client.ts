// A client that behaves badly on purpose, to prove that the servers notice and that their logs say so.

import { connect } from 'node:net';

/** Sends everything at once, without waiting for the greeting, and hangs up when the server does or after `patienceMs`. */
export function rushIn(host: string, port: number, commands: readonly string[], patienceMs = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let heard = '';
    const leave = () => {
      socket.destroy();
      resolve(heard);
    };
    const impatience = setTimeout(leave, patienceMs);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
    });
    socket.once('connect', () => socket.write(commands.map((command) => `${command}\r\n`).join('')));
    socket.once('error', leave);
    socket.once('close', () => {
      clearTimeout(impatience);
      leave();
    });
  });
}

/** Waits for each reply, as one should, and then says DATA and hangs up without QUIT. */
export function startDataAndVanish(host: string, port: number, recipient: string): Promise<void> {
  const commands = ['EHLO rude.example', 'MAIL FROM:<rude@rude.example>', `RCPT TO:<${recipient}>`, 'DATA'];
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    let heard = '';
    let next = 0;
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (!/(?:^|\n)\d{3} [^\n]*\n$/.test(heard)) return;
      heard = '';
      const command = commands[next++];
      if (command === undefined) socket.destroy();
      else socket.write(`${command}\r\n`);
    });
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
}
