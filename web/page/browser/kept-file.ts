/** The file of an upload that is under way, kept in IndexedDB until it is whole: a page that is opened again goes on with it. */

const DATABASE = 'vrfy';
const STORE = 'files';
const KEY = 'upload';

export async function keepFile(file: File | null): Promise<void> {
  try {
    await withStore('readwrite', (store) => (file === null ? store.delete(KEY) : store.put(file, KEY)));
  } catch {
    // No room, or private browsing: then the person chooses the file again.
  }
}

export async function keptFile(): Promise<File | null> {
  try {
    const file: unknown = await withStore('readonly', (store) => store.get(KEY));
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
