/**
 * The questions of a day: time, region and domain of each. Busy by day and quiet by night, region by region; questions
 * about a firm mostly come from its own region; a quarter are typed by people, so that the domain is known in advance.
 */
import type { Chance } from './chance.ts';
import type { Ask } from './fleet.ts';
import { REGIONS, type Region, type World } from './world.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** The busiest hour relative to the mean, and the quietest. */
export const SWING = 0.6;
const FROM_HOME_SHARE = 0.7;
const TYPED_SHARE = 0.25;
/** Questions about people of a firm, and about people at a mail provider. */
const FIRM_PEOPLE = 50;
const PROVIDER_PEOPLE = 100_000;

export type Question = Ask & { readonly atMs: number; readonly isTyped: boolean };

/** @param densityAt factor on the usual rate at a time */
export function* questionsOfDay(
  world: World,
  chance: Chance,
  count: number,
  densityAt: (atMs: number) => number,
): Generator<Question> {
  let atMs = 0;
  while (atMs < DAY_MS) {
    const rates = REGIONS.map((region) => ({ region, share: rateOf(region, atMs) }));
    const rate = rates.reduce((sum, { share }) => sum + share, 0);
    atMs += (-Math.log(1 - chance.next()) * DAY_MS) / (count * rate * densityAt(atMs));
    const domain = world.drawDomain(chance);
    const isFromHome = domain.home !== null && chance.next() < FROM_HOME_SHARE;
    const region = isFromHome ? domain.home : chance.pick(rates).region;
    const person = Math.floor(chance.next() * (domain.home === null ? PROVIDER_PEOPLE : FIRM_PEOPLE));
    yield {
      atMs,
      domain,
      address: `person${person}@${domain.name}`,
      clientRegion: region.id,
      isTyped: chance.next() < TYPED_SHARE,
    };
  }
}

function rateOf({ share, busiestHour }: Region, atMs: number): number {
  return share * (1 + SWING * Math.cos(((atMs / HOUR_MS - busiestHour) / 24) * 2 * Math.PI));
}
