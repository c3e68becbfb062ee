import { expect, test } from 'vitest';
import { joinEnvironment } from '../../../../../probe-node/edge-link/join-options.ts';
import { joinLine } from '../../../../../web/page/browser/console/join-line.ts';

const token = `vrfy_join_${'x'.repeat(43)}`;

/** The options behind `npx vrfy node join`, as the node reads them. */
function optionsOf(line: string): readonly string[] {
  const [npx, vrfy, node, join, ...options] = line.split(' ');
  expect([npx, vrfy, node, join]).toEqual(['npx', 'vrfy', 'node', 'join']);
  return options;
}

test('the join command of a deployed edge says under which URL and host name its node is known', () => {
  const line = joinLine({ edge: 'https://edge.example', token, id: 'ams1', host: 'probe1.example.com' });
  expect(joinEnvironment(optionsOf(line), {})).toMatchObject({
    PROBE_EDGE: 'https://edge.example',
    PROBE_TOKEN: token,
    PROBE_ID: 'ams1',
    PROBE_URL: 'https://probe1.example.com',
    PROBE_HELO: 'probe1.example.com',
  });
});

test('the join command of a local edge takes neither the port nor the state of the node that npm start has', () => {
  const line = joinLine({ edge: 'http://127.0.0.1:8787', token, id: 'ams1', host: null });
  const options = optionsOf(line);
  const optionAfter = (option: string) => options[options.indexOf(option) + 1];
  expect(optionAfter('--listen')).toBe('127.0.0.1:0');
  expect(optionAfter('--state')).toBe('.vrfy/ams1');
  expect(optionAfter('--settings')).toBe('.vrfy/sandbox.env');
  expect(options).not.toContain('--url');
});
