import { reactive, ref, watch } from 'vue';
import type { ReportBody } from '../../../shared/http/bodies.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { forgetPhoto, keepPhoto, keptPhoto } from '../../device/photo-store.ts';
import { readStored, writeStored } from '../../device/storage.ts';
import type { Language } from '../../language/i18n.ts';
import { forgetUpload, photoToSend, uploadedKeys, type PhotoToSend } from '../photos/photo.ts';

/** In WGS-84. Where it was chosen on the map, it is as exact as the finger. */
export type Position = { longitude: number; latitude: number; accuracyMetres?: number };

/** What a resident has entered and not yet sent. */
export type Draft = {
  /** Names this report to the API: however often it is sent with this key, it is taken in once. */
  idempotencyKey: string;
  description: string;
  category: string;
  area: string;
  address: string;
  position: Position | undefined;
  name: string;
  phone: string;
  photos: PhotoToSend[];
  /** The number of the open report that this one repeats, if it does. */
  joins: string;
  /** The resident has sent it: it goes out by itself as soon as it can. */
  isWaiting: boolean;
  /** What was sent with this key and never answered. One of these may have been taken in. */
  attempts: ReportBody[];
};

type Stored = Omit<Draft, 'photos'> & { photos: { id: string; key?: string | undefined }[] };

function emptyDraft(): Draft {
  return {
    idempotencyKey: newIdempotencyKey(),
    description: '',
    category: '',
    area: '',
    address: '',
    position: undefined,
    name: '',
    phone: '',
    photos: [],
    joins: '',
    isWaiting: false,
    attempts: [],
  };
}

function restored(): { draft: Draft; photos: Stored['photos'] } {
  const stored = readStored('draft') as Stored | undefined;
  if (!stored) return { draft: emptyDraft(), photos: [] };
  return { draft: { ...emptyDraft(), ...stored, photos: [] }, photos: stored.photos ?? [] };
}

const { draft: restoredDraft, photos: restoredPhotos } = restored();

export const draft = reactive<Draft>(restoredDraft);

/** How many photos of an earlier visit this device has not kept. */
export const lostPhotos = ref(0);

/** Done once the photos of an earlier visit stand in the draft again. */
export const photosRestored = restorePhotos();

async function restorePhotos(): Promise<void> {
  const blobs = await Promise.all(restoredPhotos.map(({ id }) => keptPhoto(id)));
  restoredPhotos.forEach(({ id, key }, index) => {
    const blob = blobs[index];
    if (blob) draft.photos.push(photoToSend(blob, id, key));
    else lostPhotos.value += 1;
  });
  // Without its photos it would be another report; the resident decides.
  if (lostPhotos.value > 0) draft.isWaiting = false;
  watch(
    () => storedForm(draft),
    (form) => writeStored('draft', form),
    { flush: 'sync', immediate: true },
  );
}

/** What is kept of the draft; nothing while nothing is entered. */
function storedForm({ photos, ...entered }: Draft): Stored | undefined {
  const { idempotencyKey: _, attempts, ...fields } = entered;
  if (photos.length === 0 && attempts.length === 0 && !Object.values(fields).some(Boolean)) return undefined;
  return { ...entered, attempts: [...attempts], photos: photos.map(({ id, key }) => ({ id, key })) };
}

export function addPhoto(blob: Blob): void {
  const photo = photoToSend(blob);
  draft.photos.push(photo);
  void keepPhoto(photo.id, blob);
}

export function removePhoto({ id, preview }: PhotoToSend): void {
  draft.photos = draft.photos.filter((photo) => photo.id !== id);
  URL.revokeObjectURL(preview);
  void forgetPhoto(id);
}

/** Begins anew, with nothing entered. */
export function clearDraft(): void {
  draft.photos.forEach(removePhoto);
  Object.assign(draft, emptyDraft());
}

/** Makes what is entered a report of its own: it shares no key with anything sent before. */
export function renewKey(): void {
  draft.idempotencyKey = newIdempotencyKey();
  draft.attempts = [];
  for (const photo of draft.photos) forgetUpload(photo);
}

/** Whether another tab has sent this draft, or taken it back to change it. */
export function isSettledElsewhere(): boolean {
  const stored = readStored('draft') as Stored | undefined;
  return stored?.idempotencyKey !== draft.idempotencyKey || !stored.isWaiting;
}

/** The request that the draft stands for; its photos have to be uploaded before. */
export function bodyOf({ position, ...entered }: Draft, locale: Language): ReportBody {
  const [address, name, phone] = [entered.address, entered.name, entered.phone].map((text) => text.trim());
  return {
    description: entered.description,
    ...(entered.category && { category: entered.category }),
    location: {
      ...(entered.area && { area: entered.area }),
      ...(address && { address }),
      ...(position && { longitude: position.longitude, latitude: position.latitude, crs: 'wgs84' as const }),
    },
    ...((name || phone) && { contact: { ...(name && { name }), ...(phone && { phone }) } }),
    photos: uploadedKeys(entered.photos),
    ...(entered.joins && { joins: entered.joins }),
    locale,
  };
}
