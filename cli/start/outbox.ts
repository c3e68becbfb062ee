/**
 * The outbox of a local system: each message of the edge becomes a file in the format of RFC 5322, readable by its owner only, since
 * it may contain a link to a key. Nothing leaves this machine.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../shared/parse-json.ts';

export type Outbox = {
  /** The edge posts messages to it as JSON. */
  readonly url: string;
  readonly close: () => Promise<void>;
};

const OCTETS_MAX = 65_536;

/** A text for one line of a header: nothing that could begin another. */
const headerText = z.string().regex(/^[ -~]{1,900}$/);
const mailSchema = z.object({
  from: z.object({ name: headerText, email: headerText }),
  to: headerText,
  subject: headerText,
  text: z.string(),
});
type OutgoingMail = z.infer<typeof mailSchema>;

/** @param onMail told of each file */
export async function startOutbox(folder: string, onMail: (file: string) => void): Promise<Outbox> {
  const makeFolder = () => mkdir(folder, { recursive: true, mode: 0o700 });
  // It can be looked at before the first message. If it cannot be made, the first message tells.
  await makeFolder().catch(() => {});
  // No other process of this machine need be able to write here.
  const secretPath = `/${randomUUID()}`;
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    let octets = 0;
    for await (const chunk of request) {
      octets += chunk.length;
      if (octets <= OCTETS_MAX) chunks.push(chunk);
    }
    const isOurs = request.method === 'POST' && request.url === secretPath && octets <= OCTETS_MAX;
    const mail = isOurs ? parseJson(mailSchema, Buffer.concat(chunks).toString('utf8')) : null;
    if (mail === null) {
      response.writeHead(400).end();
      return;
    }
    const id = randomUUID();
    const sentAt = new Date();
    const file = path.join(folder, `${sentAt.toISOString().replaceAll(':', '-')}-${id.slice(0, 8)}.eml`);
    await makeFolder();
    await writeFile(file, messageOf(mail, id, sentAt), { mode: 0o600 });
    onMail(file);
    response.writeHead(201).end();
  };
  const server = createServer((request, response) => {
    // The edge hears of it, and logs it; the rest of the system goes on.
    receive(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${secretPath}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As it would go over the wire, but for dot-stuffing. */
function messageOf({ from, to, subject, text }: OutgoingMail, id: string, sentAt: Date): string {
  const headers = [
    `Date: ${sentAt.toUTCString().replace('GMT', '+0000')}`,
    `From: ${from.name} <${from.email}>`,
    `To: <${to}>`,
    `Subject: ${subject}`,
    `Message-ID: <${id}@${from.email.slice(from.email.lastIndexOf('@') + 1)}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${text.replaceAll(/\r?\n/g, '\r\n')}`;
}
