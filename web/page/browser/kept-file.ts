/**
 * Files that outlive a page, in IndexedDB: that of an upload until it is whole, so that a page that is opened again goes on with it;
 * and one that was chosen on another page, until it has been looked at.
 */

const DATABASE = 'vrfy';
const STORE = 'files';

type Place = 'upload' | 'chosen';

/** @param file null to forget it */
export function keepFile(file: File | null): Promise<void> {
  return put('upload', file);
}

export function keptFile(): Promise<File | null> {
  return get('upload');
}

export function keepChosenFile(file: File): Promise<void> {
  return put('chosen', file);
}

/** The file that was chosen on the page before; it is given once. */
export async function chosenFile(): Promise<File | null> {
  const file = await get('chosen');
  if (file !== null) await put('chosen', null);
  return file;
}

async function put(place: Place, file: File | null): Promise<void> {
  try {
    await withStore('readwrite', (store) => (file === null ? store.delete(place) : store.put(file, place)));
  } catch {
    // No room, or private browsing: then the person chooses the file again.
  }
}

async function get(place: Place): Promise<File | null> {
  try {
    const file: unknown = await withStore('readonly', (store) => store.get(place));
    return file instanceof File ? file : null;
  } catch {
    return null;
  }
}

async function withStore(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
  return promise;
}
