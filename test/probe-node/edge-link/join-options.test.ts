import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { joinEnvironment, OptionsError } from '../../../probe-node/edge-link/join-options.ts';

const JOINING = { PROBE_TOKEN: 'given' };
const folder = mkdtempSync(path.join(tmpdir(), 'vrfy-join-'));
const file = path.join(folder, 'probe.env');
writeFileSync(file, '# of a node\nPROBE_ID=of-the-file\nPROBE_REGION=of-the-file\nPATH=/of/the/file\n');
afterAll(() => rmSync(folder, { recursive: true }));

describe('the options of join', () => {
  test('the options of join go before the file of settings, and that before the environment', () => {
    const given = { ...JOINING, PROBE_ID: 'given', PROBE_REGION: 'given', PROBE_HELO: 'given.example.com' };
    expect(joinEnvironment(['--id', 'option', '--settings', file], given)).toMatchObject({
      PROBE_ID: 'option',
      PROBE_REGION: 'of-the-file',
      PROBE_HELO: 'given.example.com',
    });
  });

  test('the options of join of a file are PROBE_* alone', () => {
    expect(joinEnvironment(['--settings', file], { ...JOINING, PATH: '/given' })).toMatchObject({ PATH: '/given' });
  });

  test('the options of join name the state folder from where they are typed', () => {
    expect(joinEnvironment(['--state', 'here'], JOINING)).toMatchObject({ PROBE_STATE: path.resolve('here') });
    expect(joinEnvironment([], JOINING)).toMatchObject({ PROBE_STATE: path.resolve('.vrfy-node') });
  });

  test('the options of join take the name of the machine for the EHLO name if none is given', () => {
    expect(joinEnvironment([], JOINING)).toMatchObject({ PROBE_HELO: hostname() });
    expect(joinEnvironment(['--helo', 'mx.example.com'], JOINING)).toMatchObject({ PROBE_HELO: 'mx.example.com' });
  });

  test('the options of join need a token, but for a folder whose node has joined', () => {
    expect(() => joinEnvironment(['--state', folder], {})).toThrow('join needs --token');
    writeFileSync(path.join(folder, 'node.json'), '{}');
    expect(joinEnvironment(['--state', folder], {})).toEqual({ PROBE_STATE: folder });
  });

  test.each([
    [['--frob', 'x'], "'--frob'"],
    [['--edge'], "'--edge"],
    [['stray'], "'stray'"],
    [['--settings', path.join(folder, 'none.env')], 'none.env cannot be read (ENOENT)'],
  ])('%j do not fit, and the message says why', (args, complaint) => {
    expect(() => joinEnvironment(args, {})).toThrow(OptionsError);
    expect(() => joinEnvironment(args, {})).toThrow(complaint);
  });
});
