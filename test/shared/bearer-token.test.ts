import { describe, expect, test } from 'vitest';
import { bearerOf, signedBearerOf } from '../../shared/bearer-token.ts';
import { Problem } from '../../shared/problem.ts';

function headersOf(authorization: string | null): Headers {
  return new Headers(authorization === null ? {} : { authorization });
}

describe('a bearer token', () => {
  test.each([
    ['Bearer abc', 'abc'],
    ['bearer  a.b-c_d', 'a.b-c_d'],
    ['Bearer a!b', 'a!b'],
  ])('a bearer token is read from %j', (header, token) => {
    expect(bearerOf(headersOf(header))).toBe(token);
  });

  test.each([null, '', 'Bearer', 'Bearer a b', 'Basic abc', 'abc'])('a bearer token is not in %j', (header) => {
    expect(bearerOf(headersOf(header))).toBeNull();
  });

  test('a bearer token is none if the header is given twice', () => {
    const headers = headersOf('Bearer abc');
    headers.append('authorization', 'Bearer def');
    expect(bearerOf(headers)).toBeNull();
  });
});

describe('a signed bearer token', () => {
  function faultOf(header: string | null): unknown {
    try {
      return signedBearerOf(headersOf(header));
    } catch (error) {
      return error instanceof Problem ? [error.status, error.code, error.headers['www-authenticate']] : error;
    }
  }

  test('a signed bearer token is returned as it was sent', () => {
    expect(signedBearerOf(headersOf('Bearer a.b-c_d'))).toBe('a.b-c_d');
  });

  test.each([
    [null, 'token_missing'],
    ['Bearer a!b', 'token_malformed'],
    ['Basic abc', 'token_malformed'],
    ['Bearer abc, Bearer def', 'token_malformed'],
  ])('a signed bearer token is refused in %j as %s, with the scheme that is wanted', (header, code) => {
    expect(faultOf(header)).toEqual([401, code, 'Bearer']);
  });
});
