import { expect, test } from 'vitest';
import { keyMail } from '../../../edge/keys/key-mail.ts';

test('the message has its link on a line of its own, is ASCII, and keeps its lines short', () => {
  const url = `https://edge.example/keys/confirm?link=${'x'.repeat(300)}`;
  const { to, subject, text } = keyMail('ada@good.test', url, 'edge.example');
  expect([to, subject]).toEqual(['ada@good.test', 'Your key for edge.example']);
  const lines = text.split('\n');
  expect(lines).toContain(url);
  expect(text).toMatch(/^[\n -~]+$/);
  expect(lines.filter((line) => line !== url && line.length > 78)).toEqual([]);
  expect(text).toContain('within 30 minutes');
});
