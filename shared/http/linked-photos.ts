import type { S3Client } from '@aws-sdk/client-s3';
import type { Photo, Report } from '../domain/report.ts';
import { photoLinks } from '../store/photos.ts';

/** A report's photos with links to those that are ready; the links expire. */
export async function linkedPhotos(
  { client, bucket }: { client: S3Client; bucket: string },
  report: Report,
): Promise<(Photo & { url?: string; thumbnailUrl?: string })[]> {
  return Promise.all(
    report.photos.map(async (photo) =>
      photo.status === 'ready'
        ? { ...photo, ...(await photoLinks(client, bucket, report.number, photo.id)) }
        : photo,
    ),
  );
}
