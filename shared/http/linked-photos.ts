import type { S3Client } from '@aws-sdk/client-s3';
import type { Photo } from '../kernel/photos.ts';
import { blurredKeys, photoKeys, photoLinks } from '../store/photos.ts';

/** A photo as it is shown: its links expire, and the reporter's page hears nothing of what in it is covered. */
export type LinkedPhoto = Photo & { url?: string; thumbnailUrl?: string; blurredUrl?: string };
type Bucket = { client: S3Client; bucket: string };

/** What residents may see of a record's photos. */
export function residentPhotos({ photos }: { photos: readonly Photo[] }): Photo[] {
  return photos.filter(({ purpose }) => purpose !== 'staff-note');
}

/**
 * Photos as everyone but those who work on the report sees them: where parts were made unrecognisable, in that
 * rendition alone, and until it is there not at all.
 */
export async function publicPhotos(
  { client, bucket }: Bucket,
  photos: readonly Photo[],
  number: string,
): Promise<LinkedPhoto[]> {
  return Promise.all(
    photos.map(async ({ blur, ...photo }) => {
      if (photo.status !== 'ready') return photo;
      if (blur && !blur.isReady) return { ...photo, status: 'processing' as const };
      const keys = blur ? blurredKeys(number, photo.id, blur.sequence) : photoKeys(number, photo.id);
      return { ...photo, ...(await photoLinks(client, bucket, keys)) };
    }),
  );
}

/** Photos as those see them who work on the report: whole, and beside it what the others see. */
export async function workPhotos(
  { client, bucket }: Bucket,
  photos: readonly Photo[],
  number: string,
): Promise<LinkedPhoto[]> {
  return Promise.all(
    photos.map(async (photo) => {
      if (photo.status !== 'ready') return photo;
      const { blur } = photo;
      const blurred = blur?.isReady
        ? await photoLinks(client, bucket, blurredKeys(number, photo.id, blur.sequence))
        : undefined;
      return {
        ...photo,
        ...(await photoLinks(client, bucket, photoKeys(number, photo.id))),
        ...(blurred && { blurredUrl: blurred.url }),
      };
    }),
  );
}
