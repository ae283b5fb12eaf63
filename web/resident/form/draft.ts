import { reactive, watch } from 'vue';
import type { ReportBody } from '../../../shared/http/bodies.ts';
import { newIdempotencyKey } from '../../api/request.ts';
import { residentPhotos } from '../../device/photo-store.ts';
import { readStored, writeStored } from '../../device/storage.ts';
import { placeAndContact } from '../../fields/report-fields.ts';
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

/** In WGS-84. The accuracy is missing if the position was chosen on the map. */
export type Position = { longitude: number; latitude: number; accuracyMetres?: number };

/**
 * An unsent report. Its idempotency key identifies it to the API: however often it is sent with the key, it is
 * submitted once.
 */
export type Draft = PhotoBatch & {
  description: string;
  category: string;
  area: string;
  address: string;
  position: Position | undefined;
  name: string;
  phone: string;
  /** The number of the open report that this one is to be merged into, or empty. */
  joins: string;
  /** The resident has sent it, and it is submitted automatically as soon as possible. */
  isWaiting: boolean;
  /** Bodies sent with this key without an answer. One of them may have been submitted. */
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

/** Resolves when the photos of an earlier visit are restored. */
export const photosRestored = restorePhotos(draft, stored?.photos ?? [], residentPhotos).then(() => {
  // Without its photos the report is not the one that was sent, so the resident must send it again.
  if (draft.lost > 0) draft.isWaiting = false;
});

watch(
  () => storedForm(draft),
  (form) => writeStored('draft', form),
  { flush: 'sync', immediate: true },
);

/** The draft as stored on the device; undefined while nothing is entered. */
function storedForm({ lost: _, ...entered }: Draft): Stored | undefined {
  const { idempotencyKey: __, photos, attempts, ...fields } = entered;
  if (photos.length === 0 && attempts.length === 0 && !Object.values(fields).some(Boolean)) return undefined;
  return { ...entered, attempts: [...attempts], photos: storedPhotos(photos) };
}

/** Replaces the draft by an empty one. */
export function clearDraft(): void {
  clearBatch(draft, residentPhotos);
  Object.assign(draft, emptyDraft());
}

/** Makes the draft a new report, with a new idempotency key. */
export function makeNewReport(): void {
  renewKey(draft);
  draft.attempts = [];
}

/** Whether another tab has sent this draft, or stopped sending it in order to change it. */
export function isHandledElsewhere(): boolean {
  const stored = readStored('draft') as Stored | undefined;
  return stored?.idempotencyKey !== draft.idempotencyKey || !stored.isWaiting;
}

/** The request body of the draft; its photos must be uploaded first. */
export function bodyOf({ position, ...entered }: Draft, locale: Language): ReportBody {
  const { location, contact } = placeAndContact(entered);
  return {
    description: entered.description,
    ...(entered.category && { category: entered.category }),
    location: {
      ...location,
      ...(position && { longitude: position.longitude, latitude: position.latitude, crs: 'wgs84' as const }),
    },
    ...(contact && { contact }),
    photos: uploadedKeys(entered),
    ...(entered.joins && { joins: entered.joins }),
    locale,
  };
}
