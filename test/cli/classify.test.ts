import { describe, expect, test } from 'vitest';
import { controlsOf, vrfy } from './vrfy.ts';

describe.concurrent('vrfy classify', () => {
  test('vrfy classify prints verdict, class, blame and rule of a reply', async () => {
    const { code, stdout, stderr } = await vrfy(['classify', '550 5.1.1 User unknown']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^invalid \(mailbox_not_found\)\n/);
    expect(stdout).toMatch(/blames\s+recipient/);
    expect(stdout).toMatch(/rule\s+[a-z0-9-]+\n/);
    expect(stdout).toMatch(/read as 550 5\.1\.1 at rcpt/);
  });

  test('vrfy classify takes several replies and writes one JSON object per line', async () => {
    const { code, stdout } = await vrfy(['classify', '--json', '250 2.1.5 Ok', '550 5.7.1 Blocked by our policy']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { stage: 'rcpt', code: 250, enhanced: '2.1.5', class: 'accepted', verdict: 'deliverable', reason: 'accepted' },
      { stage: 'rcpt', code: 550, enhanced: '5.7.1', blame: 'us', verdict: 'unknown', reason: 'blocked' },
    ]);
  });

  test('vrfy classify reads a reply of several lines, separated by line ends or by a typed \\n', async () => {
    const typed = '550-5.1.1 The email account\\n550 5.1.1 does not exist';
    const real = '550-5.1.1 The email account\r\n550 5.1.1 does not exist';
    const { stdout } = await vrfy(['classify', '--json', typed, real]);
    const [first, second] = stdout.split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ text: 'The email account\ndoes not exist', code: 550 });
    expect(second).toBe(first);
  });

  test('vrfy classify does not blame a mailbox if the reply was given before RCPT', async () => {
    const { stdout } = await vrfy(['classify', '--json', '--stage', 'mail', '550 5.1.1 User unknown']);
    expect(JSON.parse(stdout)).toMatchObject({ stage: 'mail', verdict: 'unknown' });
  });

  test.each([
    ['without a reply', ['classify'], /missing required argument 'reply'/],
    ['with a reply that has no code', ['classify', 'User unknown'], /code of three digits/],
    ['with a stage that there is not', ['classify', '--stage', 'data', '250 ok'], /Allowed choices are connect, /],
  ])('vrfy classify is wrong use %s', async (_, args, message) => {
    const { code, stdout, stderr } = await vrfy(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^vrfy: .*\nTry: vrfy classify --help\n$/);
  });

  test('vrfy classify prints no control character of a reply', async () => {
    const { stdout } = await vrfy(['classify', '550 5.1.1 \u001b[31mUser\u0007 unknown\u009b2J']);
    expect(controlsOf(stdout)).toEqual([]);
  });
});
