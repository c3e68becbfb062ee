/**
 * Values that are there, or will be. Most verdicts need nobody's answer, and a promise for each step of theirs would cost as
 * much as finding them out: what is there is gone on with at once.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with the value, now where it is there. */
export function whenThere<T, U>(value: MaybePromise<T>, goOn: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
