/** The OpenAPI document at `/openapi.json`. Pages on other origins may read it. */
import { openApiDocument } from '../../edge/openapi/document.ts';
import type { Asset } from './asset.ts';

export async function openApiFile(): Promise<readonly Asset[]> {
  const headers = { 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' };
  return [{ path: '/openapi.json', content: `${JSON.stringify(await openApiDocument())}\n`, headers }];
}
