import { newIdempotencyKey } from '../../api/request.ts';

/** A photo that is to be sent, already shrunk. */
export type PhotoToSend = {
  id: string;
  blob: Blob;
  preview: string;
  state: 'waiting' | 'sending' | 'uploaded' | 'failed';
  /** From 0 to 1, while it is being sent. */
  progress: number;
  /** Where it lies, once uploaded. It belongs to the idempotency key that it was uploaded with. */
  key?: string | undefined;
};

export function photoToSend(blob: Blob, id = newIdempotencyKey(), key?: string): PhotoToSend {
  const state = key === undefined ? 'waiting' : 'uploaded';
  return { id, blob, preview: URL.createObjectURL(blob), state, progress: 0, key };
}

export function forgetUpload(photo: PhotoToSend): void {
  photo.key = undefined;
  photo.state = 'waiting';
  photo.progress = 0;
}

export function uploadedKeys(photos: readonly PhotoToSend[]): string[] {
  return photos.map(({ key }) => key).filter((key) => key !== undefined);
}
