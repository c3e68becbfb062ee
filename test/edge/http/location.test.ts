import { expect, test } from 'vitest';
import { createLocation } from '../../../edge/http/location.ts';

function requestFrom(cf: unknown): Request {
  return Object.assign(new Request('https://edge.example/'), { cf });
}

test('the location of an isolate is that of its first request, and does not change', () => {
  const location = createLocation();
  expect([location.colo(), location.continent()]).toEqual([null, null]);
  location.see(requestFrom({ colo: 'FRA', continent: 'EU' }));
  location.see(requestFrom({ colo: 'SIN', continent: 'AS' }));
  expect([location.colo(), location.continent()]).toEqual(['FRA', 'EU']);
});

test('the location is not known if the runtime says nothing, or something else than text', () => {
  for (const cf of [undefined, {}, { colo: 7, continent: ['EU'] }]) {
    const location = createLocation();
    location.see(requestFrom(cf));
    expect([location.colo(), location.continent()]).toEqual([null, null]);
  }
});
