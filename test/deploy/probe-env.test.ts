import { expect, test } from 'vitest';
import { parseNodeSettings } from '../../probe-node/settings.ts';
import { readProjectFile, settingNames, variablesOf } from './machine.ts';

const EXAMPLE = readProjectFile('deploy/probe.env.example');

test('every variable of the example is one that a node reads', () => {
  const known = settingNames();
  expect(known.size).toBeGreaterThan(10);
  expect(variablesOf(EXAMPLE).filter(([name]) => !known.has(name))).toEqual([]);
});

test('the example holds every setting that a node requires, and a node accepts it unchanged', () => {
  const settings = parseNodeSettings(Object.fromEntries(variablesOf(EXAMPLE)));
  expect(settings).toMatchObject({ id: 'fra1', region: 'eu-central', listen: { host: '127.0.0.1', port: 8788 } });
});
