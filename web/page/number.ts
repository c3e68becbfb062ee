/** Figures as the pages write them, which are in English. */

export const number = new Intl.NumberFormat('en');

/** `1 row`, `2,000 rows`. */
export function counted(count: number, one: string, many: string): string {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}
