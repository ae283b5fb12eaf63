import { createHash, randomBytes } from 'node:crypto';
import { CopyObjectCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';
import { photoLimits, photoTypes, type PhotoType } from '../config/limits.ts';
import { photoPrefixes } from './schema.ts';

/** The accepted formats, each recognised by its bytes. */
const formats = { jpg: JPG, png: PNG, webp: WEBP };

type Rendition = { full: string; thumb: string };

/** The S3 keys of an attached photo: original, cleaned, thumbnail. */
export function photoKeys(number: string, id: string): Rendition & { original: string } {
  const folder = folderOfPhoto(number, id);
  return {
    original: `${photoPrefixes.originals}${number}/${id}`,
    full: `${folder}/full.jpg`,
    thumb: `${folder}/thumb.jpg`,
  };
}

/** The S3 keys of a blurred rendition; each `photo-blurred` event, by its sequence, has its own. */
export function blurredKeys(number: string, id: string, sequence: number): Rendition {
  const folder = folderOfPhoto(number, id);
  return { full: `${folder}/blurred-${sequence}.jpg`, thumb: `${folder}/blurred-${sequence}-thumb.jpg` };
}

function folderOfPhoto(number: string, id: string): string {
  return `${photoPrefixes.cleaned}${number}/${id}`;
}

export type UploadForm = { key: string; url: string; fields: Record<string, string> };
export type AttachedPhoto = { id: string; contentType: string; size: number };
export type AttachRefusal =
  'photo-not-yours' | 'photo-not-uploaded' | 'photo-not-an-image' | 'photo-too-large';

/**
 * Uploads belong to the request with the same idempotency key: the key's hash is their folder. Only the holder of the
 * key can attach them.
 */
function folderOf(idempotencyKey: string): string {
  const owner = createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, 22);
  return `${photoPrefixes.uploads}${owner}/`;
}

/** A presigned form for one photo: with this key, type and size only. */
export async function presignUpload(
  client: S3Client,
  bucket: string,
  upload: { idempotencyKey: string; position: number; contentType: PhotoType; size: number },
): Promise<UploadForm> {
  const key = `${folderOf(upload.idempotencyKey)}${upload.position}-${randomBytes(12).toString('base64url')}`;
  const { url, fields } = await createPresignedPost(client, {
    Bucket: bucket,
    Key: key,
    Fields: { 'Content-Type': upload.contentType },
    Conditions: [['content-length-range', upload.size, upload.size]],
    Expires: photoLimits.uploadSeconds,
  });
  return { key, url, fields };
}

/**
 * Copies uploads to the report's originals, where they do not expire soon. Checks each one's header: one that is no
 * photo, has expired or belongs to another request is refused, and the request should then stop. Idempotent.
 *
 * @returns the photos in the order of the keys, or the position of the first refused key and why.
 */
export async function attachPhotos(
  client: S3Client,
  bucket: string,
  request: { keys: readonly string[]; idempotencyKey: string; number: string },
): Promise<{ ok: true; photos: AttachedPhoto[] } | { ok: false; position: number; reason: AttachRefusal }> {
  const folder = folderOf(request.idempotencyKey);
  const stranger = request.keys.findIndex((key) => !key.startsWith(folder));
  if (stranger !== -1) return { ok: false, position: stranger, reason: 'photo-not-yours' };
  const heads = await Promise.all(request.keys.map((key) => inspect(client, bucket, key)));
  const refused = heads.findIndex((head) => !head.ok);
  const reason = heads[refused];
  if (reason && !reason.ok) return { ok: false, position: refused, reason: reason.reason };
  const photos = await Promise.all(
    heads
      .filter((head) => head.ok)
      .map(async ({ key, contentType, size }) => {
        const id = createHash('sha256').update(key).digest('hex').slice(0, 12);
        await client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
            Key: photoKeys(request.number, id).original,
            ContentType: contentType,
            MetadataDirective: 'REPLACE',
          }),
        );
        return { id, contentType, size };
      }),
  );
  return { ok: true, photos };
}

/** Links to a rendition of a photo and its thumbnail, valid for a few minutes. */
export async function photoLinks(
  client: S3Client,
  bucket: string,
  { full, thumb }: Rendition,
): Promise<{ url: string; thumbnailUrl: string }> {
  const link = (key: string): Promise<string> =>
    getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), {
      expiresIn: photoLimits.linkSeconds,
    });
  const [url, thumbnailUrl] = await Promise.all([link(full), link(thumb)]);
  return { url, thumbnailUrl };
}

/** Enough bytes for every camera's header, embedded previews and colour profiles included. */
const headBytes = 512 * 1024;

type Inspected =
  { ok: true; key: string; contentType: PhotoType; size: number } | { ok: false; reason: AttachRefusal };

async function inspect(client: S3Client, bucket: string, key: string): Promise<Inspected> {
  let head: Uint8Array;
  let size: number;
  try {
    const object = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${headBytes - 1}` }),
    );
    head = (await object.Body?.transformToByteArray()) ?? new Uint8Array();
    size = Number(object.ContentRange?.split('/')[1] ?? object.ContentLength);
  } catch (error) {
    // Without the permission to list the bucket, S3 answers AccessDenied for a missing key.
    if (error instanceof Error && ['NoSuchKey', 'NotFound', 'AccessDenied'].includes(error.name))
      return { ok: false, reason: 'photo-not-uploaded' };
    if (error instanceof Error && error.name === 'InvalidRange')
      return { ok: false, reason: 'photo-not-an-image' };
    throw error;
  }
  if (size > photoLimits.bytes) return { ok: false, reason: 'photo-too-large' };
  try {
    const type = (Object.keys(photoTypes) as (keyof typeof photoTypes)[]).find((name) =>
      formats[name].validate(head),
    );
    if (!type) return { ok: false, reason: 'photo-not-an-image' };
    const { width, height } = formats[type].calculate(head);
    if (width * height > photoLimits.pixels || Math.max(width, height) > photoLimits.edge)
      return { ok: false, reason: 'photo-too-large' };
    return { ok: true, key, contentType: photoTypes[type], size };
  } catch {
    return { ok: false, reason: 'photo-not-an-image' };
  }
}
