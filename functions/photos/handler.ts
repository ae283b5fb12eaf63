import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { City } from '../../shared/config/city.ts';
import { photoLimits } from '../../shared/config/limits.ts';
import { photosOf } from '../../shared/kernel/fold.ts';
import { blursOf, type Photo, type PhotoOutcome } from '../../shared/kernel/photos.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { parkIfRefused } from '../../shared/queue/park-if-refused.ts';
import type { Stored } from '../../shared/store/item.ts';
import { blurredKeys, photoKeys } from '../../shared/store/photos.ts';
import type { Records } from '../../shared/store/records.ts';
import { blurRegions } from './blur.ts';
import { cleanPhoto, NotAPhoto, thumbnailOf } from './clean.ts';

type Bucket = { client: S3Client; bucket: string };
export type Dependencies = {
  city: City;
  store: Records;
  photos: Bucket;
  parking: Parking;
  now: () => string;
};

/** The most work that may be repeated after a run that ends before recording it. */
const maxUnrecordedMilliseconds = 5_000;

/**
 * Processes the photos of an event until the bucket matches the record: cleans originals and then deletes them, as
 * they contain place and device (undecodable ones stay, for a person to try); blurs regions; deletes photos that the
 * record no longer has. It uses the current record, so events may come repeatedly and in any order.
 */
export function createHandler({ city, store, photos, parking, now }: Dependencies): QueueHandler {
  return consumer(store.kinds, parking, async (event, kind, { attributes }) => {
    const { number } = event;
    const ids = photosOf(kind, event);
    if (ids.length === 0) return;
    const found = await store.load(number);
    if (!found) throw new Unprocessable(`no record ${number}`);
    let stored = found;
    // Quick work is recorded with one write. Longer work is recorded at once, and after a redelivery so is each photo:
    // one that ends the function must not hide the others.
    const isFirst = Number(attributes.ApproximateReceiveCount) === 1;
    let outcomes: PhotoOutcome[] = [];
    let since = now();
    const mustRecord = (): boolean =>
      !isFirst || Date.parse(now()) - Date.parse(since) >= maxUnrecordedMilliseconds;
    const record = async (): Promise<void> => {
      if (outcomes.length === 0) return;
      since = now();
      const context = { now: now(), actor: { kind: 'system', name: 'photos' } as const, city };
      const command = { type: 'record-photos', photos: outcomes };
      outcomes = [];
      stored = parkIfRefused(await store.execute(stored, command, context));
    };
    const current = (id: string): Photo | undefined => stored.record.photos.find((photo) => photo.id === id);
    const blurs = (id: string): Photo['blur'] | undefined => {
      const asked = current(id)?.blur;
      return asked && !asked.isReady ? asked : undefined;
    };
    // One after the other, since a decoded photo takes much of the memory.
    for (const id of ids) {
      if (current(id)?.status === 'processing') outcomes.push(await clean(photos, number, id));
      // Blurring needs a photo recorded as clean.
      if (mustRecord() || blurs(id)) await record();
      const asked = blurs(id);
      if (asked) outcomes.push(await blur(photos, number, id, asked));
      if (mustRecord()) await record();
    }
    await record();
    // Only after recording, and again if an earlier run ended here.
    for (const id of ids) await remove(photos, obsoleteKeys(stored, id));
  });
}

async function clean(photos: Bucket, number: string, id: string): Promise<PhotoOutcome> {
  const keys = photoKeys(number, id);
  const original = await read(photos, keys.original);
  try {
    const { full, thumb, width, height } = await cleanPhoto(original);
    await Promise.all([write(photos, keys.full, full), write(photos, keys.thumb, thumb)]);
    return { id, status: 'ready', width, height };
  } catch (error) {
    if (!(error instanceof NotAPhoto)) throw error;
    return { id, status: 'unreadable' };
  }
}

async function blur(
  photos: Bucket,
  number: string,
  id: string,
  { regions, sequence }: NonNullable<Photo['blur']>,
): Promise<PhotoOutcome> {
  const keys = blurredKeys(number, id, sequence);
  const full = await blurRegions(await read(photos, photoKeys(number, id).full), regions);
  await Promise.all([write(photos, keys.full, full), write(photos, keys.thumb, await thumbnailOf(full))]);
  return { id, status: 'ready', blurred: sequence };
}

/** The keys in the bucket that the current record no longer needs. */
function obsoleteKeys({ record, events }: Stored, id: string): string[] {
  const photo = record.photos.find((each) => each.id === id);
  const { original, full, thumb } = photoKeys(record.number, id);
  const outdated = blursOf(events, id)
    .filter((sequence) => sequence !== photo?.blur?.sequence)
    .map((sequence) => blurredKeys(record.number, id, sequence))
    .flatMap((keys) => [keys.full, keys.thumb]);
  if (!photo) return [original, full, thumb, ...outdated];
  return photo.status === 'ready' ? [original, ...outdated] : outdated;
}

async function read({ client, bucket }: Bucket, key: string): Promise<Uint8Array> {
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!Body || (ContentLength ?? 0) > photoLimits.bytes)
    throw new Unprocessable(`${key}: not of the size promised`);
  return Body.transformToByteArray();
}

async function write({ client, bucket }: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: 'image/jpeg' }),
  );
}

async function remove({ client, bucket }: Bucket, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))));
}
