import { reactive, watch } from 'vue';
import type { ReportBody } from '../../../shared/http/bodies.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { residentPhotos } from '../../device/photo-store.ts';
import { readStored, writeStored } from '../../device/storage.ts';
import type { Language } from '../../language/i18n.ts';
import {
  clearBatch,
  storedPhotos,
  renewKey,
  restorePhotos,
  uploadedKeys,
  type StoredPhoto,
  type PhotoBatch,
} from '../../photos/photo-batch.ts';

/** In WGS-84. Where it was chosen on the map, it is as exact as the finger. */
export type Position = { longitude: number; latitude: number; accuracyMetres?: number };

/**
 * What a resident has entered and not yet sent. Its idempotency key names this report to the API: however often it is
 * sent with the key, it is taken in once.
 */
export type Draft = PhotoBatch & {
  description: string;
  category: string;
  area: string;
  address: string;
  position: Position | undefined;
  name: string;
  phone: string;
  /** The number of the open report that this one repeats, if it does. */
  joins: string;
  /** The resident has sent it: it goes out by itself as soon as it can. */
  isWaiting: boolean;
  /** What was sent with this key and never answered. One of these may have been taken in. */
  attempts: ReportBody[];
};

type Stored = Omit<Draft, 'photos' | 'lost'> & { photos: StoredPhoto[] };

function emptyDraft(): Draft {
  return {
    idempotencyKey: newIdempotencyKey(),
    photos: [],
    lost: 0,
    description: '',
    category: '',
    area: '',
    address: '',
    position: undefined,
    name: '',
    phone: '',
    joins: '',
    isWaiting: false,
    attempts: [],
  };
}

const stored = readStored('draft') as Stored | undefined;

export const draft = reactive<Draft>({ ...emptyDraft(), ...stored, photos: [] });

/** Done once the photos of an earlier visit stand in the draft again. */
export const photosRestored = restorePhotos(draft, stored?.photos ?? [], residentPhotos).then(() => {
  // Without its photos it would be another report; the resident decides.
  if (draft.lost > 0) draft.isWaiting = false;
});

watch(
  () => storedForm(draft),
  (form) => writeStored('draft', form),
  { flush: 'sync', immediate: true },
);

/** What is kept of the draft; nothing while nothing is entered. */
function storedForm({ lost: _, ...entered }: Draft): Stored | undefined {
  const { idempotencyKey: __, photos, attempts, ...fields } = entered;
  if (photos.length === 0 && attempts.length === 0 && !Object.values(fields).some(Boolean)) return undefined;
  return { ...entered, attempts: [...attempts], photos: storedPhotos(photos) };
}

/** Begins anew, with nothing entered. */
export function clearDraft(): void {
  clearBatch(draft, residentPhotos);
  Object.assign(draft, emptyDraft());
}

/** Makes what is entered a report of its own: it shares no key with anything sent before. */
export function makeNewReport(): void {
  renewKey(draft);
  draft.attempts = [];
}

/** Whether another tab has sent this draft, or taken it back to change it. */
export function isSentElsewhere(): boolean {
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
    photos: uploadedKeys(entered),
    ...(entered.joins && { joins: entered.joins }),
    locale,
  };
}
