import { decode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DnsAnswer, type RecordType, readAnswer, writeQuery } from '../../../edge/dns/answer.ts';
import { address, cname, mx, soa, wireReply } from './dns-message.ts';

function answerOf(message: Uint8Array, name: string, type: RecordType): DnsAnswer {
  return readAnswer(message, name, type).answer;
}

const KINDS: readonly DnsAnswer['kind'][] = ['records', 'nodata', 'nxdomain', 'failure'];

describe('the query', () => {
  test('the query has one question, id 0 and recursion desired, and equals itself, so that a cache can hold its answer', () => {
    const query = writeQuery('Example.test', 'MX');
    expect(decode(Buffer.from(query))).toMatchObject({
      id: 0,
      type: 'query',
      flag_rd: true,
      questions: [{ name: 'Example.test', type: 'MX', class: 'IN' }],
      answers: [],
    });
    expect(writeQuery('Example.test', 'MX')).toEqual(query);
  });
});

describe('records', () => {
  test('records of MX come with their preferences, in the order of the message', () => {
    const answers = [mx('firm.test', 'mx2.firm.test', 20), mx('firm.test', 'mx1.firm.test', 0)];
    expect(answerOf(wireReply('firm.test', 'MX', { answers }), 'firm.test', 'MX')).toEqual({
      kind: 'records',
      mx: [
        { preference: 20, exchange: 'mx2.firm.test' },
        { preference: 0, exchange: 'mx1.firm.test' },
      ],
      addresses: [],
      isAuthentic: false,
    });
  });

  test('records of a null MX have the root as exchange', () => {
    const message = wireReply('null.test', 'MX', { answers: [mx('null.test', '.', 0)] });
    expect(answerOf(message, 'null.test', 'MX')).toMatchObject({ mx: [{ preference: 0, exchange: '.' }] });
  });

  test.each([
    ['A', '192.0.2.1'],
    ['AAAA', '2001:db8::1'],
  ] as const)('records of %s are addresses', (type, data) => {
    const message = wireReply('host.test', type, { answers: [address('host.test', data)] });
    expect(answerOf(message, 'host.test', type)).toMatchObject({ kind: 'records', mx: [], addresses: [data] });
  });

  test('records count regardless of the case in which the resolver writes names', () => {
    const message = wireReply('FiRm.TEST', 'MX', { answers: [mx('fIRM.test', 'mx.firm.test')] });
    expect(answerOf(message, 'firm.Test', 'MX').kind).toBe('records');
  });

  test('records of another type are not the answer', () => {
    const answers = [address('firm.test', '192.0.2.1')];
    expect(answerOf(wireReply('firm.test', 'MX', { answers }), 'firm.test', 'MX')).toEqual({ kind: 'nodata' });
  });

  test('records count as DNSSEC-validated only if the resolver says so', () => {
    const answers = [mx('firm.test', 'mx.firm.test')];
    for (const isAuthentic of [true, false]) {
      const message = wireReply('firm.test', 'MX', { answers, isAuthentic });
      expect(answerOf(message, 'firm.test', 'MX')).toMatchObject({ kind: 'records', isAuthentic });
    }
  });
});

describe('a chain of CNAMEs', () => {
  const chain = [
    cname('a.test', 'b.test'),
    cname('B.test', 'c.test'),
    cname('c.test', 'd.test'),
    mx('D.TEST', 'mx.d.test'),
  ];

  test('a chain of CNAMEs is followed regardless of the order of its links', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(chain, { minLength: chain.length }), (answers) => {
        expect(answerOf(wireReply('a.test', 'MX', { answers }), 'a.test', 'MX')).toMatchObject({
          kind: 'records',
          mx: [{ exchange: 'mx.d.test' }],
        });
      }),
    );
  });

  const long = Array.from({ length: 18 }, (_, index) => cname(`n${index}.test`, `n${index + 1}.test`));
  test.each([
    ['is broken', 'a.test', chain.filter((_, index) => index !== 1), 'other_name'],
    ['runs in a circle', 'a.test', [cname('a.test', 'b.test'), cname('b.test', 'a.test')], 'circular_chain'],
    ['leads to itself', 'a.test', [cname('a.test', 'A.test')], 'circular_chain'],
    ['forks', 'a.test', [cname('a.test', 'b.test'), cname('a.test', 'c.test')], 'forked_chain'],
    ['has records beside a link', 'a.test', [cname('a.test', 'b.test'), mx('a.test', 'mx.a.test')], 'forked_chain'],
    ['has no end in sight', 'n0.test', long, 'long_chain'],
    ['comes with records of another name', 'a.test', [...chain, mx('evil.test', 'mx.evil.test')], 'other_name'],
    ['comes with a link of another name', 'a.test', [...chain, cname('evil.test', 'd.test')], 'other_name'],
    ['is of another class', 'a.test', [{ ...mx('a.test', 'mx.a.test'), class: 'CH' as const }], 'other_class'],
  ])('a chain of CNAMEs that %s is a failure', (_, name, answers, fault) => {
    expect(answerOf(wireReply(name, 'MX', { answers }), name, 'MX')).toEqual({ kind: 'failure', fault });
  });

  test('a chain of CNAMEs whose end does not exist is a missing domain', () => {
    const message = wireReply('a.test', 'MX', { rcode: 3, answers: [cname('a.test', 'gone.test')] });
    expect(answerOf(message, 'a.test', 'MX')).toEqual({ kind: 'nxdomain' });
  });

  test('a chain of CNAMEs that ends in records of a name that is said not to exist contradicts itself', () => {
    const message = wireReply('a.test', 'MX', { rcode: 3, answers: [mx('a.test', 'mx.a.test')] });
    expect(answerOf(message, 'a.test', 'MX')).toEqual({ kind: 'failure', fault: 'contradiction' });
  });
});

describe('the life of an answer', () => {
  const lifeOf = (reply: Parameters<typeof wireReply>[2]): number =>
    readAnswer(wireReply('a.test', 'MX', reply), 'a.test', 'MX').ttlSeconds;
  const lasting = <A extends object>(record: A, ttl: number): A => ({ ...record, ttl });

  test('the life of an answer is the shortest of all its records and links', () => {
    const answers = [
      lasting(cname('a.test', 'b.test'), 500),
      lasting(mx('b.test', 'mx1.a.test'), 300),
      lasting(mx('b.test', 'mx2.a.test'), 400),
    ];
    expect(lifeOf({ answers })).toBe(300);
    expect(lifeOf({ answers: [lasting(cname('a.test', 'b.test'), 5), ...answers.slice(1)] })).toBe(5);
  });

  test('the life of an answer is zero if a record says 0, or more than a TTL can be', () => {
    expect(lifeOf({ answers: [lasting(mx('a.test', 'mx.a.test'), 0)] })).toBe(0);
    expect(lifeOf({ answers: [lasting(mx('a.test', 'mx.a.test'), 0x8000_0000)] })).toBe(0);
  });

  test.each([
    ['the MINIMUM if it is shorter', 3_600, 60, 60],
    ['the TTL of the SOA if that is shorter', 30, 3_600, 30],
  ])('the life of an absence is %s', (_, ttl, minimum, seconds) => {
    for (const rcode of [0, 3]) expect(lifeOf({ rcode, authorities: [soa('test', ttl, minimum)] })).toBe(seconds);
  });

  test("the life of an absence at the end of a chain is no longer than the chain's", () => {
    const answers = [lasting(cname('a.test', 'b.other.test'), 20)];
    expect(lifeOf({ answers, authorities: [soa('other.test', 60, 60)] })).toBe(20);
  });

  test('the life of an absence is zero without an SOA of a zone above the name', () => {
    expect(lifeOf({ rcode: 3 })).toBe(0);
    expect(lifeOf({ rcode: 3, authorities: [soa('other.test', 60, 60)] })).toBe(0);
    expect(lifeOf({ rcode: 3, authorities: [soa('est', 60, 60)] })).toBe(0);
  });

  test('the life of a failure is zero', () => {
    expect(lifeOf({ rcode: 2, authorities: [soa('test', 60, 60)] })).toBe(0);
  });
});

describe('an answer without records', () => {
  test('an answer without records is a fact if the resolver says that the name has none, or does not exist', () => {
    expect(answerOf(wireReply('a.test', 'MX'), 'a.test', 'MX')).toEqual({ kind: 'nodata' });
    expect(answerOf(wireReply('a.test', 'MX', { rcode: 3 }), 'a.test', 'MX')).toEqual({ kind: 'nxdomain' });
  });

  test.each([
    ['FORMERR', 1],
    ['SERVFAIL', 2],
    ['NOTIMP', 4],
    ['REFUSED', 5],
    ['NOTAUTH', 9],
    ['an unknown code', 15],
  ])('an answer without records is a failure if the resolver says %s', (_, rcode) => {
    expect(answerOf(wireReply('a.test', 'MX', { rcode }), 'a.test', 'MX').kind).toBe('failure');
  });

  test('an answer without records names the failure in the words of the DNS', () => {
    const message = wireReply('a.test', 'MX', { rcode: 2 });
    expect(answerOf(message, 'a.test', 'MX')).toEqual({ kind: 'failure', fault: 'servfail' });
  });
});

describe('a message that is no answer to the question', () => {
  const answers = [mx('a.test', 'mx.a.test')];
  const questionOf = (...names: readonly string[]) => names.map((name) => ({ name, type: 'MX' as const }));

  test.each([
    ['with another id', wireReply('a.test', 'MX', { answers, id: 7 }), 'other_id'],
    ['that is a query itself', wireReply('a.test', 'MX', { answers, kind: 'query' }), 'not_a_response'],
    ['that is cut off', wireReply('a.test', 'MX', { answers, isTruncated: true }), 'truncated'],
    ['about another name', wireReply('b.test', 'MX', { answers }), 'other_question'],
    ['about a name that only ends alike', wireReply('xa.test', 'MX', { answers }), 'other_question'],
    ['about another type', wireReply('a.test', 'A', { answers }), 'other_question'],
    ['about nothing', wireReply('a.test', 'MX', { answers, questions: [] }), 'other_question'],
    [
      'about two names',
      wireReply('a.test', 'MX', { answers, questions: questionOf('a.test', 'b.test') }),
      'other_question',
    ],
  ])('a message that is no answer to the question is a failure: one %s', (_, message, fault) => {
    expect(answerOf(message, 'a.test', 'MX')).toEqual({ kind: 'failure', fault });
  });

  test('a message that is no answer to the question is a failure even if it says that the name does not exist', () => {
    const message = wireReply('b.test', 'MX', { rcode: 3 });
    expect(answerOf(message, 'a.test', 'MX').kind).toBe('failure');
  });
});

describe('a message that cannot be read', () => {
  const whole = wireReply('a.test', 'MX', { answers: [mx('a.test', 'mx.a.test')] });
  /** Header of a response with one question, then the octets of its name. */
  const withName = (...octets: readonly number[]): Uint8Array =>
    new Uint8Array([0, 0, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, ...octets, 0, 15, 0, 1]);

  test('a message that cannot be read is a failure wherever it is cut off', () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect(answerOf(whole.subarray(0, length), 'a.test', 'MX').kind).toBe('failure');
    }
  });

  test.each([
    ['is longer than a DNS message can be', new Uint8Array(65_536), 'message_too_long'],
    ['has a name that points at itself', withName(0xc0, 12), 'malformed_message'],
    ['has a name that points ahead', withName(0xc0, 14), 'malformed_message'],
    ['has names that point at each other', withName(0xc0, 14, 0xc0, 12), 'malformed_message'],
    ['has a label of a reserved kind', withName(0x80, 0), 'malformed_message'],
    ['counts more records than it has', whole.with(7, 200), 'malformed_message'],
    ['has octets that no section counts', new Uint8Array([...whole, 0]), 'malformed_message'],
    ['counts more answers than a domain can have', whole.with(7, 201), 'too_many_records'],
    ['counts more authorities', whole.with(8, 1), 'too_many_records'],
    ['counts more additional records', whole.with(10, 1), 'too_many_records'],
  ])('a message that cannot be read is a failure when it %s', (_, message, fault) => {
    expect(answerOf(message, 'a.test', 'MX')).toEqual({ kind: 'failure', fault });
  });

  test('a reader of messages never throws, for any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        expect(KINDS).toContain(answerOf(message, 'a.test', 'MX').kind);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a reader of messages never throws on a slightly damaged message, and never turns it into a missing domain', () => {
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (changes) => {
        const message = whole.slice();
        for (const [index, octet] of changes) message[index] = octet;
        const { kind } = answerOf(message, 'a.test', 'MX');
        expect(KINDS).toContain(kind);
        if (kind === 'nxdomain') expect((message[3] ?? 0) & 0x0f).toBe(3);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a message is read in place from a larger buffer', () => {
    const larger = new Uint8Array(whole.length + 40);
    larger.set(whole, 20);
    expect(answerOf(larger.subarray(20, 20 + whole.length), 'a.test', 'MX').kind).toBe('records');
  });
});
