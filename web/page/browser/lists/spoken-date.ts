/** `December 29, 2026`, of an ISO 8601 time. */
export function dateOf(time: string): string {
  return new Date(time).toLocaleDateString('en', { dateStyle: 'long' });
}
