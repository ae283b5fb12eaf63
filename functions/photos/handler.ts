import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
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

/** Cleans the photos that an event brought and records what became of each. Doing it again writes the same bytes. */
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

  return consumer(parking, async (event) => {
    if (
      !('photos' in event.data) ||
      event.type === 'report-assigned.v1' ||
      event.type === 'photos-processed.v1'
    )
      return;
    const outcomes: Outcome[] = [];
    // One after the other: a decoded photo takes a good part of the function's memory.
    for (const { id } of event.data.photos) outcomes.push(await process(event.number, id));
    if (outcomes.length === 0) return;
    const context = { now: now(), actor: { kind: 'system', name: 'photos' } as const, city };
    obey(await store.execute(event.number, { type: 'record-photos', photos: outcomes }, context));
  });
}
