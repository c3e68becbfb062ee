/** Lists that were made in this browser, so that closing the tab loses nothing. Ids and names; no addresses, no keys. */

export type RememberedList = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  /** When the edge deletes it, as an ISO 8601 time; absent until the edge has said so. */
  readonly expiresAt?: string;
};

/** An upload that was begun: the file by its outside, since a page may not open it again by itself. */
export type BegunUpload = {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly modified: number;
};

const LISTS = 'vrfy:lists';
const UPLOAD = 'vrfy:upload';
const LISTS_MAX = 50;

export function rememberedLists(): readonly RememberedList[] {
  return read<RememberedList[]>(LISTS) ?? [];
}

export function rememberList(list: RememberedList): void {
  const others = rememberedLists().filter(({ id }) => id !== list.id);
  write(LISTS, [list, ...others].slice(0, LISTS_MAX));
}

/** Notes when a list of this browser expires: once it is gone, nobody else can say so. */
export function noteExpiry(id: string, expiresAt: string): void {
  const lists = rememberedLists();
  if (!lists.some((list) => list.id === id && list.expiresAt !== expiresAt)) return;
  write(
    LISTS,
    lists.map((list) => (list.id === id ? { ...list, expiresAt } : list)),
  );
}

export function hasExpired({ expiresAt }: RememberedList, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

export function forgetList(id: string): void {
  write(
    LISTS,
    rememberedLists().filter((list) => list.id !== id),
  );
}

export function begunUpload(): BegunUpload | null {
  return read<BegunUpload>(UPLOAD);
}

export function noteUpload(upload: BegunUpload | null): void {
  write(UPLOAD, upload);
}

export function isSameFile(upload: BegunUpload, { name, size, lastModified }: File): boolean {
  return upload.name === name && upload.size === size && upload.modified === lastModified;
}

function read<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? 'null') as T | null;
  } catch {
    return null;
  }
}

/** @param value null to forget it */
function write(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // No room, or a browser that keeps nothing: the page works without its memory.
  }
}
