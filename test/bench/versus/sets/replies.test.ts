import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  parseReplies,
  readReplies,
  SUBJECTS,
  type Subject,
  scoreReply,
} from '../../../../bench/versus/sets/replies.ts';
import { fillIn, scriptOf } from '../../../../bench/versus/sets/reply-script.ts';

const LINE = {
  id: 'r001',
  about: 'gone',
  stage: 'rcpt',
  stage_stated: true,
  reply: '550 5.1.1 User unknown',
  source: 'https://example.com/a',
};

describe('the reader of the labelled replies', () => {
  test('takes a line for a reply', () => {
    expect(parseReplies(`${JSON.stringify(LINE)}\n`)).toEqual([LINE]);
  });

  test.each([
    ['no source', { ...LINE, source: undefined }],
    ['a source that is no public address', { ...LINE, source: 'file:///etc/passwd' }],
    ['an unknown subject', { ...LINE, about: 'somebody' }],
    ['an unknown stage', { ...LINE, stage: 'data' }],
    ['a reply without a code', { ...LINE, reply: 'User unknown' }],
  ])('refuses a line with %s, and names the line', (_, line) => {
    expect(() => parseReplies(`${JSON.stringify(LINE)}\n${JSON.stringify({ ...line, id: 'r002' })}\n`)).toThrow(
      /^line 2/,
    );
  });

  test('refuses an id that comes twice, and a line that is no JSON', () => {
    expect(() => parseReplies(`${JSON.stringify(LINE)}\n${JSON.stringify(LINE)}\n`)).toThrow('twice');
    expect(() => parseReplies('{')).toThrow(/^line 1/);
  });
});

describe('the set of replies', () => {
  const replies = readReplies();

  test('has at least 150 replies, each with a source and of a text of its own within its subject', () => {
    expect(replies.length).toBeGreaterThanOrEqual(150);
    expect(replies.filter(({ source }) => !/^https?:\/\/[^/]+\.[a-z]+\//.test(source))).toEqual([]);
    const texts = replies.map(({ about, stage, reply }) => `${about} ${stage} ${reply}`);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  test('is labelled as its datasheet says: by the stage first, then by the first digit', () => {
    const allowed = (stage: string, digit: string): readonly Subject[] => {
      if (stage !== 'rcpt') return digit === '4' ? ['moment'] : ['asker'];
      if (digit === '2') return ['accepted', 'accepts-all'];
      return digit === '4' ? ['moment', 'full'] : ['gone', 'full', 'asker', 'relay'];
    };
    const breaches = replies.filter(({ stage, reply, about }) => !allowed(stage, reply.slice(0, 1)).includes(about));
    expect(breaches.map(({ id }) => id)).toEqual([]);
  });

  test('has the size and the doubts that its datasheet states', () => {
    const datasheet = readFileSync(new URL('../../../../bench/versus/DATASHEET.md', import.meta.url), 'utf8');
    expect(datasheet).toContain(`${replies.length} labelled replies`);
    expect(datasheet).toContain(
      `${replies.filter((reply) => !reply.stage_stated).length} of the replies have no stated stage`,
    );
    expect(datasheet).toContain(`The ${replies.filter(({ stage }) => stage !== 'rcpt').length} replies before RCPT`);
  });
});

describe('the score of a verdict', () => {
  test('calls invalid false unless the mailbox is gone or nothing is relayed, and deliverable false unless it was accepted', () => {
    const subjects = Object.keys(SUBJECTS) as Subject[];
    const falsely = (verdict: 'invalid' | 'deliverable', outcome: string) =>
      subjects.filter((subject) => scoreReply(subject, verdict) === outcome);
    const without = (...names: readonly Subject[]) => subjects.filter((subject) => !names.includes(subject));
    expect(falsely('invalid', 'false_invalid')).toEqual(without('gone', 'relay'));
    expect(falsely('deliverable', 'false_deliverable')).toEqual(without('accepted', 'accepts-all'));
    expect([scoreReply('relay', 'invalid'), scoreReply('accepts-all', 'deliverable')]).toEqual(['neither', 'neither']);
  });

  test('takes unknown and risky for right about the asker, a relay, the moment and a full mailbox only', () => {
    for (const about of ['asker', 'relay', 'moment', 'full'] as const) {
      expect([scoreReply(about, 'unknown'), scoreReply(about, 'risky')]).toEqual(['right', 'right']);
    }
    expect(scoreReply('gone', 'unknown')).toBe('neither');
    expect(scoreReply('accepted', 'risky')).toBe('neither');
    expect(scoreReply('accepts-all', 'risky')).toBe('right');
  });

  test('takes no verdict for neither right nor false', () => {
    expect(scoreReply('asker', null)).toBe('neither');
  });
});

describe('a reply as a mail server', () => {
  const parties = { rcpt: 'ada@r001.example.org', sender: 'verify@probe.example.org' };

  test('names the parties of the question', () => {
    expect(fillIn('550 <{rcpt}> {local} {domain} {sender} {senderdomain} {ip}', parties)).toBe(
      '550 <ada@r001.example.org> ada r001.example.org verify@probe.example.org probe.example.org 192.0.2.10',
    );
  });

  test('is said at its stage and at no other', () => {
    const reply = { ...LINE, about: 'asker', stage: 'mail', reply: '550 no' } as const;
    expect(Object.keys(scriptOf(reply, parties))).toEqual(['mail']);
    expect(Object.keys(scriptOf({ ...reply, stage: 'connect' }, parties))).toEqual(['greeting']);
    expect(Object.keys(scriptOf({ ...reply, stage: 'ehlo' }, parties))).toEqual(['ehlo', 'helo']);
    expect(Object.keys(scriptOf({ ...reply, stage: 'rcpt' }, parties))).toEqual(['rcpt']);
  });
});
