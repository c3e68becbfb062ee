/** The command that joins a node to an edge and runs it. Its parts are checked before: none needs a quotation mark. */

export type Joining = {
  /** Origin of the edge. */
  readonly edge: string;
  readonly token: string;
  /** Name of the node. */
  readonly id: string;
  /** Host name under which mail servers and the edge know the machine; null for a node beside `npm start`. */
  readonly host: string | null;
};

export function joinLine({ edge, token, id, host }: Joining): string {
  const joined = `npx vrfy node join --edge ${edge} --token ${token} --id ${id}`;
  if (host !== null) return `${joined} --url https://${host} --helo ${host}`;
  // Any free port, a state of its own beside that of the first node, and the mail servers of the sandbox.
  return `${joined} --helo ${id}.vrfy.test --listen 127.0.0.1:0 --state .vrfy/${id} --settings .vrfy/sandbox.env`;
}
