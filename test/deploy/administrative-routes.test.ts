/** The rule of docs/OPERATORS.md that closes the operator's routes for everybody else, against the route table. */
import { expect, test } from 'vitest';
import { createApp } from '../../edge/app.ts';
import { askApp } from '../edge/ask-app.ts';
import { smallServices } from '../edge/small-services.ts';
import { createWorld } from '../edge/small-world.ts';
import { readProjectFile } from './machine.ts';

/** The expression for the paths, without that for the addresses, as a function of this language. */
function ruleOf(text: string): (path: string) => boolean {
  const [, expression = ''] = /^```\n(\(\(starts_with.*?)\nand not ip\.src/ms.exec(text) ?? [];
  const body = expression
    .replaceAll('http.request.uri.path', 'path')
    .replaceAll(
      /(not )?path in \{(.*?)\}/g,
      (_, not, paths) => `${not ? '!' : ''}[${paths.replaceAll(' ', ',')}].includes(path)`,
    )
    .replaceAll(/starts_with\(path, (".*?")\)/g, 'path.startsWith($1)')
    .replaceAll(' ne ', ' !== ')
    .replaceAll(/\band\b/g, '&&')
    .replaceAll(/\bor\b/g, '||');
  return new Function('path', `return ${body};`) as (path: string) => boolean;
}

test('the rule for the zone closes the routes that need the ADMIN_TOKEN, and no other', async () => {
  const world = await createWorld();
  const app = createApp(async () => smallServices(world));
  const isClosed = ruleOf(readProjectFile('docs/OPERATORS.md'));
  const routes = app.routes.filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'));
  const isAdministrative = async (method: string, path: string): Promise<boolean> => {
    const response = await askApp(app, path, { method });
    const { code = null } = response.status < 400 ? {} : await response.json();
    return code === 'admin_off';
  };
  const differing: string[] = [];
  let administrative = 0;
  for (const { method, path: pattern } of routes) {
    const path = pattern.replaceAll(/:\w+/g, 'x');
    const isOperators = await isAdministrative(method, path);
    if (isOperators) administrative += 1;
    if (isOperators !== isClosed(path)) differing.push(`${method} ${pattern}`);
  }
  expect(differing).toEqual([]);
  expect(administrative).toBeGreaterThan(15);
});
