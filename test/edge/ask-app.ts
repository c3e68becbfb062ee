/** An app is asked for a path as the runtime would ask it. */
import type { EdgeApp } from '../../edge/app.ts';

type Rest = Parameters<EdgeApp['fetch']> extends [unknown, unknown, ...infer B] ? B : never;

export async function askApp(
  { fetch }: EdgeApp,
  path: string,
  init: RequestInit = {},
  env: object = {},
  ...background: Rest
): Promise<Response> {
  return fetch(new Request(new URL(path, 'http://localhost'), init), env as never, ...background);
}
