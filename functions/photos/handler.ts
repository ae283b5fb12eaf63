import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { City } from '../../shared/config/city.ts';
import { photoLimits } from '../../shared/config/limits.ts';
import type { Command } from '../../shared/records/report/commands.ts';
import { photoWork } from '../../shared/records/report/photo-work.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { obey } from '../../shared/queue/obey.ts';
import { blurredKeys, photoKeys } from '../../shared/store/photos.ts';
import type { ReportStore, Stored } from '../../shared/store/records.ts';
import { blurRegions } from './blur.ts';
import { cleanPhoto, NotAPhoto, thumbnailOf } from './clean.ts';

export type Dependencies = {
  city: City;
  store: ReportStore;
  photos: { client: S3Client; bucket: string };
  parking: Parking;
  now: () => string;
};

type Photo = Stored['report']['photos'][number];
type Outcome = Extract<Command, { type: 'record-photos' }>['photos'][number];

/**
 * Brings the bytes of an event's photos to where its report says they should be: cleans what was sent, and then
 * removes that, for it says where and by which device it was taken (what cannot be opened stays, in case a person
 * wants to try); makes the rendition in which parts are unrecognisable; deletes what the report does not have any
 * more. It goes by the report as of now, so any order and any repetition of events comes to the same.
 */
export function createHandler({ city, store, photos, parking, now }: Dependencies): QueueHandler {
  async function clean(number: string, id: string): Promise<Outcome> {
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

  async function blur(
    number: string,
    id: string,
    { regions, sequence }: NonNullable<Photo['blur']>,
  ): Promise<Outcome> {
    const keys = blurredKeys(number, id, sequence);
    const full = await blurRegions(await read(photoKeys(number, id).full), regions);
    await Promise.all([write(keys.full, full), write(keys.thumb, await thumbnailOf(full))]);
    return { id, status: 'ready', blurred: sequence };
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

  async function remove(keys: readonly string[]): Promise<void> {
    await Promise.all(
      keys.map((key) => photos.client.send(new DeleteObjectCommand({ Bucket: photos.bucket, Key: key }))),
    );
  }

  /** What lies in the bucket and should not, now that the report is as it is. */
  function surplus({ report, events }: Stored, id: string): string[] {
    const photo = report.photos.find((each) => each.id === id);
    const { original, full, thumb } = photoKeys(report.number, id);
    const outdated = events
      .filter((event) => event.type === 'photo-blurred.v1')
      .filter(({ data, sequence }) => data.photo === id && sequence !== photo?.blur?.sequence)
      .map(({ sequence }) => blurredKeys(report.number, id, sequence))
      .flatMap((keys) => [keys.full, keys.thumb]);
    if (!photo) return [original, full, thumb, ...outdated];
    return photo.status === 'ready' ? [original, ...outdated] : outdated;
  }

  return consumer(parking, async (event) => {
    const { number } = event;
    const ids = photoWork(event);
    if (ids.length === 0) return;
    const found = await store.load(number);
    if (!found) throw new Unprocessable(`no report ${number}`);
    let stored = found;
    const record = async (outcome: Outcome): Promise<void> => {
      const context = { now: now(), actor: { kind: 'system', name: 'photos' } as const, city };
      stored = obey(await store.execute(number, { type: 'record-photos', photos: [outcome] }, context));
    };
    const current = (id: string): Photo | undefined => stored.report.photos.find((photo) => photo.id === id);
    // One after the other, for a decoded photo takes a good part of the memory; and each recorded by itself, so
    // that one which ends the function does not hide the others.
    for (const id of ids) {
      if (current(id)?.status === 'processing') await record(await clean(number, id));
      const asked = current(id)?.blur;
      if (asked && !asked.isReady) await record(await blur(number, id, asked));
    }
    // Only once it is recorded, and again should that have been as far as an earlier run came.
    for (const id of ids) await remove(surplus(stored, id));
  });
}
