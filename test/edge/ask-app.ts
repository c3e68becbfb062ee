/** An app is asked for a path as the runtime would ask it. */
import type { createApp } from '../../edge/app.ts';

type Fetch = ReturnType<typeof createApp>['fetch'];

export async function askApp(
  { fetch }: { readonly fetch: Fetch },
  path: string,
  init: RequestInit = {},
  env: object = {},
  background: Parameters<Fetch>[2] = undefined,
): Promise<Response> {
  return fetch(new Request(new URL(path, 'http://localhost'), init), env, background);
}
