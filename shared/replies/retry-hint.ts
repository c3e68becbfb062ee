/** The wait that a server names in its reply: "greylisted for 5 minutes", "try again in 300 seconds". */
import type { Reply } from './reply.ts';

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** A request for more than a day is not believed. */
const HINT_SECONDS_MAX = 86_400;

/** Seconds that the text of a temporary reply asks for, or null if it names none. */
export function retryHintSeconds({ code, text }: Reply): number | null {
  if (code < 400 || code >= 500) return null;
  const match =
    /\b(?:in|for|after|within|wait)\s+(?:at least\s+|about\s+)?(\d{1,5})\s*(s|m|h)(?:ec|econds?|ecs|in|ins|inutes?|rs?|ours?)?\b/i.exec(
      text,
    ) ?? /\b(\d{1,5})\s*(s|m|h)(?:ecs?|econds?|ins?|inutes?|ours?)?\b/i.exec(text);
  const clock = /\bin\s+(\d{1,2}):([0-5]\d):([0-5]\d)\b/i.exec(text);
  if (clock !== null) return believed(Number(clock[1]) * 3_600 + Number(clock[2]) * 60 + Number(clock[3]));
  const seconds = Number(match?.[1]) * (SECONDS_BY_UNIT[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
  return believed(seconds);
}

function believed(seconds: number): number | null {
  return seconds > 0 && seconds <= HINT_SECONDS_MAX ? seconds : null;
}
