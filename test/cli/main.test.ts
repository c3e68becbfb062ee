import { describe, expect, test } from 'vitest';
import { vrfy } from './vrfy.ts';

describe.concurrent('vrfy', () => {
  test.each(['help', 'verify --help'])('%s prints how it is used and is fine', async (line) => {
    const { code, stdout, stderr } = await vrfy(line.split(' '));
    expect([code, stderr]).toEqual([0, '']);
    for (const word of ['vrfy verify', 'vrfy classify', '--json', '--edge', 'VRFY_EDGE', 'NO_COLOR', '69']) {
      expect(stdout).toContain(word);
    }
  });

  test('without a command prints how it is used, as wrong use', async () => {
    const { code, stdout } = await vrfy([]);
    expect(code).toBe(2);
    expect(stdout).toContain('Usage');
  });

  test.each(['frobnicate', '__proto__'])('%j is no command: wrong use, in one sentence', async (name) => {
    const { code, stdout, stderr } = await vrfy([name]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`vrfy: there is no command ${JSON.stringify(name)}\nTry: vrfy help\n`);
  });
});
