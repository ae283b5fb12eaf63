/**
 * Stores unsent photos on this device: on small phones, opening the camera can close the page, and signing in again
 * leaves it. Without IndexedDB, photos are lost when the page closes.
 */
export type PhotoStore = {
  put: (id: string, blob: Blob) => Promise<void>;
  get: (id: string) => Promise<Blob | undefined>;
  delete: (id: string) => Promise<void>;
  clear: () => Promise<void>;
};

/** Photos of a resident's unsent report. */
export const residentPhotos = photoStore('suishoubao');
/** Photos of unsent staff forms. Computers are shared, so they are deleted at sign-out. */
export const staffPhotos = photoStore('suishoubao.staff');

function photoStore(name: string): PhotoStore {
  const run = runnerFor(name);
  return {
    put: async (id, blob) => void (await run('readwrite', (store) => store.put(blob, id))),
    get: async (id) => {
      const blob = await run('readonly', (store) => store.get(id) as IDBRequest<unknown>);
      return blob instanceof Blob ? blob : undefined;
    },
    delete: async (id) => void (await run('readwrite', (store) => store.delete(id))),
    clear: async () => void (await run('readwrite', (store) => store.clear())),
  };
}

type Act<T> = (store: IDBObjectStore) => IDBRequest<T>;

/** Runs one request in a transaction of its own; undefined if IndexedDB is missing or the request fails. */
function runnerFor(name: string): <T>(mode: IDBTransactionMode, act: Act<T>) => Promise<T | undefined> {
  const storeName = 'draft-photos';
  let opened: Promise<IDBDatabase | undefined> | undefined;

  function open(): Promise<IDBDatabase | undefined> {
    opened ??= new Promise((resolve) => {
      try {
        const opening = indexedDB.open(name, 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => resolve(undefined);
      } catch {
        resolve(undefined);
      }
    });
    return opened;
  }

  return async (mode, act) => {
    const database = await open();
    if (!database) return undefined;
    return new Promise((resolve) => {
      try {
        const request = act(database.transaction(storeName, mode).objectStore(storeName));
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => resolve(undefined);
      } catch {
        resolve(undefined);
      }
    });
  };
}
