import type { AnyEvent, DataOf } from '../../events/envelope.ts';
import { commonEvents } from '../../events/common.ts';

type Data<T extends keyof typeof commonEvents> = DataOf<typeof commonEvents, T>;

export type Photo = {
  id: string;
  contentType: string;
  size: number;
  /** `report`: sent with it; `note`: added later; `staff-note`: for staff only; `result`: shows the work done. */
  purpose: 'report' | 'note' | 'staff-note' | 'result';
  status: 'processing' | 'ready' | 'unreadable';
  width?: number;
  height?: number;
  /** Regions that only staff may see; `sequence` of the event that set them, `isReady` once the blurred photo exists. */
  blur?: { regions: Data<'photo-blurred.v1'>['regions']; sequence: number; isReady: boolean };
};

export type PhotoOutcome = Data<'photos-processed.v1'>['photos'][number];
type Attached = Pick<Photo, 'id' | 'contentType' | 'size'>;

export function attached(photos: readonly Attached[], purpose: Photo['purpose']): Photo[] {
  return photos.map((photo) => ({ ...photo, purpose, status: 'processing' }));
}

/** The photos that the record does not have yet: a photo is attached once. */
export function newPhotos<P extends { id: string }>(photos: readonly Photo[], sent: readonly P[]): P[] {
  const known = new Set(photos.map(({ id }) => id));
  return sent.filter(({ id }) => !known.has(id));
}

/** The photos after `photos-processed.v1`. */
export function withOutcomes(photos: readonly Photo[], outcomes: readonly PhotoOutcome[]): Photo[] {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  return photos.map((photo) => withOutcome(photo, byId.get(photo.id)));
}

function withOutcome(photo: Photo, outcome: PhotoOutcome | undefined): Photo {
  if (!outcome) return photo;
  const { status, width, height, blurred } = outcome;
  if (blurred !== undefined)
    return photo.blur?.sequence === blurred ? { ...photo, blur: { ...photo.blur, isReady: true } } : photo;
  return { ...photo, status, ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
}

/** The photos after `photo-blurred.v1`. */
export function withBlur(
  photos: readonly Photo[],
  { photo: id, regions }: Data<'photo-blurred.v1'>,
  sequence: number,
): Photo[] {
  const blur = { regions, sequence, isReady: false };
  return photos.map((photo) => (photo.id === id ? { ...photo, blur } : photo));
}

/** Whether the record already has this outcome. */
export function isRecorded(photos: readonly Photo[], { id, blurred }: PhotoOutcome): boolean {
  return !photos.some(
    (photo) =>
      photo.id === id &&
      (blurred === undefined
        ? photo.status === 'processing'
        : photo.blur?.sequence === blurred && !photo.blur.isReady),
  );
}

/** The sequences of the events that asked for a photo to be blurred. */
export function blursOf(events: readonly AnyEvent[], id: string): number[] {
  return events
    .filter(({ type, data }) => type === 'photo-blurred.v1' && data['photo'] === id)
    .map(({ sequence }) => sequence);
}
