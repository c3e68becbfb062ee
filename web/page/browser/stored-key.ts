/** The key of the person at this page: kept for the tab, never in a URL. */
const NAME = 'vrfy:key';

export function storedKey(): string | undefined {
  return sessionStorage.getItem(NAME) ?? undefined;
}

export function storeKey(key: string): void {
  sessionStorage.setItem(NAME, key.trim());
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}
