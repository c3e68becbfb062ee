import { decode, encode } from 'dns-packet';
import { expect, test } from 'vitest';
import { respond, type WorldZone } from '../../../../bench/versus/world/dns.ts';

const zone: WorldZone = (name, type) => {
  if (name === 'alias.example.org') return [{ type: 'CNAME', data: 'real.example.org' }];
  if (name === 'real.example.org') return type === 'A' ? [{ type: 'A', data: '10.77.0.1' }] : 'none';
  return name === 'silent.example.org' ? 'silent' : name === 'broken.example.org' ? 'failure' : 'no_such_name';
};

function ask(name: string, type: 'A' | 'AAAA') {
  const reply = respond(zone, encode({ type: 'query', id: 7, questions: [{ type, name }] }));
  return reply === null ? null : decode(reply);
}

test('an alias is followed, and the name is compared without regard to case', () => {
  const { id, answers } = ask('ALIAS.example.org', 'A') ?? {};
  expect(id).toBe(7);
  expect(answers?.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'ALIAS.example.org CNAME',
    'real.example.org A',
  ]);
});

test('a name without records, a missing name, a failure and silence are told apart', () => {
  const code = (name: string) => ask(name, 'AAAA') as unknown as { rcode: string; answers: unknown[] } | null;
  expect(code('real.example.org')).toMatchObject({ rcode: 'NOERROR', answers: [] });
  expect(code('none.example.org')).toMatchObject({ rcode: 'NXDOMAIN' });
  expect(code('broken.example.org')).toMatchObject({ rcode: 'SERVFAIL' });
  expect(code('silent.example.org')).toBeNull();
});
