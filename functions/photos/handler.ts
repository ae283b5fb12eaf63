import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { City } from '../../shared/config/city.ts';
import { photoLimits } from '../../shared/config/limits.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { obey } from '../../shared/queue/obey.ts';
import { photoKeys } from '../../shared/store/photos.ts';
import type { ReportStore } from '../../shared/store/reports.ts';
import { cleanPhoto, NotAPhoto } from './clean.ts';

export type Dependencies = {
  city: City;
  store: ReportStore;
  photos: { client: S3Client; bucket: string };
  parking: Parking;
  now: () => string;
};

type Outcome = { id: string; status: 'ready' | 'unreadable'; width?: number; height?: number };

/**
 * Cleans the photos that an event brought, records what became of each, and removes what was sent: that says
 * where and by which device it was taken. What cannot be opened stays, in case a person wants to try.
 */
export function createHandler({ city, store, photos, parking, now }: Dependencies): QueueHandler {
  async function process(number: string, id: string): Promise<Outcome> {
    const keys = photoKeys(number, id);
    const original = await read(keys.original);
    try {
      const { full, thumb, width, height } = await cleanPhoto(original);
      await Promise.all([write(keys.full, full), write(keys.thumb, thumb)]);
      return { id, status: 'ready', width, height };
    } catch (error) {
      if (!(error instanceof NotAPhoto)) throw error;
      return { id, status: 'unreadable' };
    }
  }

  async function read(key: string): Promise<Uint8Array> {
    const { Body, ContentLength } = await photos.client.send(
      new GetObjectCommand({ Bucket: photos.bucket, Key: key }),
    );
    if (!Body || (ContentLength ?? 0) > photoLimits.bytes)
      throw new Unprocessable(`${key}: not of the size promised`);
    return Body.transformToByteArray();
  }

  async function write(key: string, bytes: Uint8Array): Promise<void> {
    await photos.client.send(
      new PutObjectCommand({ Bucket: photos.bucket, Key: key, Body: bytes, ContentType: 'image/jpeg' }),
    );
  }

  async function remove(key: string): Promise<void> {
    await photos.client.send(new DeleteObjectCommand({ Bucket: photos.bucket, Key: key }));
  }

  return consumer(parking, async (event) => {
    if (
      !('photos' in event.data) ||
      event.type === 'report-assigned.v1' ||
      event.type === 'photos-processed.v1'
    )
      return;
    const ids = new Set(event.data.photos.map(({ id }) => id));
    const stored = await store.load(event.number);
    if (!stored) throw new Unprocessable(`no report ${event.number}`);
    let { report } = stored;
    const waiting = report.photos.filter(({ id, status }) => ids.has(id) && status === 'processing');
    // One after the other, for a decoded photo takes a good part of the memory; and each recorded by itself, so
    // that one which ends the function does not hide the others.
    for (const { id } of waiting) {
      const outcome = await process(event.number, id);
      const context = { now: now(), actor: { kind: 'system', name: 'photos' } as const, city };
      ({ report } = obey(
        await store.execute(event.number, { type: 'record-photos', photos: [outcome] }, context),
      ));
    }
    // Only once it is recorded, and again should that have been as far as an earlier run came.
    const ready = report.photos.filter(({ id, status }) => ids.has(id) && status === 'ready');
    await Promise.all(ready.map(({ id }) => remove(photoKeys(event.number, id).original)));
  });
}
