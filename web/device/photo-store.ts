/**
 * Keeps the draft's photos over a closed tab: on small phones, opening the camera can close the page behind it.
 * Where there is no IndexedDB, photos live as long as the page.
 */
const storeName = 'draft-photos';

export async function keepPhoto(id: string, blob: Blob): Promise<void> {
  await inStore('readwrite', (store) => store.put(blob, id));
}

export async function keptPhoto(id: string): Promise<Blob | undefined> {
  const blob = await inStore('readonly', (store) => store.get(id) as IDBRequest<unknown>);
  return blob instanceof Blob ? blob : undefined;
}

export async function forgetPhoto(id: string): Promise<void> {
  await inStore('readwrite', (store) => store.delete(id));
}

let opened: Promise<IDBDatabase | undefined> | undefined;

function open(): Promise<IDBDatabase | undefined> {
  opened ??= new Promise((resolve) => {
    try {
      const opening = indexedDB.open('suishoubao', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
  return opened;
}

async function inStore<T>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
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
}
