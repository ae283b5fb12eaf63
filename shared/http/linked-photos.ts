import type { S3Client } from '@aws-sdk/client-s3';
import type { Photo, Report } from '../domain/report.ts';
import { photoLinks } from '../store/photos.ts';

/** What the reporter may see of a report's photos. */
export function residentPhotos({ photos }: Report): Photo[] {
  return photos.filter(({ purpose }) => purpose !== 'staff-note');
}

/** Photos with links to those that are ready; the links expire. */
export async function linkedPhotos(
  { client, bucket }: { client: S3Client; bucket: string },
  photos: readonly Photo[],
  number: string,
): Promise<(Photo & { url?: string; thumbnailUrl?: string })[]> {
  return Promise.all(
    photos.map(async (photo) =>
      photo.status === 'ready'
        ? { ...photo, ...(await photoLinks(client, bucket, number, photo.id)) }
        : photo,
    ),
  );
}
