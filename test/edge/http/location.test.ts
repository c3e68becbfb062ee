import { expect, test } from 'vitest';
import { createPlace } from '../../../edge/http/location.ts';

function requestFrom(cf: unknown): Request {
  return Object.assign(new Request('https://edge.example/'), { cf });
}

test('the place of an isolate is that of its first request, and does not move', () => {
  const place = createPlace();
  expect([place.colo(), place.continent()]).toEqual([null, null]);
  place.see(requestFrom({ colo: 'FRA', continent: 'EU' }));
  place.see(requestFrom({ colo: 'SIN', continent: 'AS' }));
  expect([place.colo(), place.continent()]).toEqual(['FRA', 'EU']);
});

test('nothing is known where the runtime says nothing, or something else than text', () => {
  for (const cf of [undefined, {}, { colo: 7, continent: ['EU'] }]) {
    const place = createPlace();
    place.see(requestFrom(cf));
    expect([place.colo(), place.continent()]).toEqual([null, null]);
  }
});
