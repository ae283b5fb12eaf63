/**
 * Keeps photos on this device while they are not sent: on small phones, opening the camera can close the page behind
 * it, and signing in again leaves the page. Where there is no IndexedDB, photos live as long as the page.
 */
export type PhotoStore = {
  keep: (id: string, blob: Blob) => Promise<void>;
  kept: (id: string) => Promise<Blob | undefined>;
  forget: (id: string) => Promise<void>;
  clear: () => Promise<void>;
};

/** Of the report that a resident has not sent. */
export const residentPhotos = photoStore('suishoubao');
/** Of what staff have begun. Desks are shared: the pictures go when their owner does. */
export const staffPhotos = photoStore('suishoubao.staff');

function photoStore(name: string): PhotoStore {
  const inStore = within(name);
  return {
    keep: async (id, blob) => void (await inStore('readwrite', (store) => store.put(blob, id))),
    kept: async (id) => {
      const blob = await inStore('readonly', (store) => store.get(id) as IDBRequest<unknown>);
      return blob instanceof Blob ? blob : undefined;
    },
    forget: async (id) => void (await inStore('readwrite', (store) => store.delete(id))),
    clear: async () => void (await inStore('readwrite', (store) => store.clear())),
  };
}

type Act<T> = (store: IDBObjectStore) => IDBRequest<T>;

function within(name: string): <T>(mode: IDBTransactionMode, act: Act<T>) => Promise<T | undefined> {
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
        const doing = act(database.transaction(storeName, mode).objectStore(storeName));
        doing.onsuccess = () => resolve(doing.result);
        doing.onerror = () => resolve(undefined);
      } catch {
        resolve(undefined);
      }
    });
  };
}
