/** A one-time token for a node of the bench, made the way an operator makes it. */
export async function makeJoinToken(edge: string, adminToken: string): Promise<string> {
  const response = await fetch(`${edge}/v1/nodes/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ region: 'bench' }),
  });
  const { token } = (await response.json()) as { token: string };
  return token;
}
