import { describe, expect, test } from 'vitest';
import { isLoopbackHost } from '../../shared/loopback.ts';

describe('loopback', () => {
  test.each([
    'http://127.0.0.1:53/',
    'http://127.9.9.9/',
    'http://localhost:80/',
    'http://[::1]:80/',
    'http://127.1/',
    'http://app.localhost/',
  ])('loopback is %s', (url) => {
    expect(isLoopbackHost(new URL(url).hostname)).toBe(true);
  });

  test.each([
    'https://dns.example/',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'http://10.0.0.1/',
    'http://127.example.com/',
    'http://[2001:db8::1]/',
  ])('loopback is not %s', (url) => {
    expect(isLoopbackHost(new URL(url).hostname)).toBe(false);
  });
});
