import { settings } from '../../functions/photos/settings.ts';
import { fetchNativePart } from '../build.ts';
import { ConsumerQueue } from '../constructs/consumer-queue.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Cleans, blurs and deletes photos. Uploads belong to the intake feature. */
export function addPhotos(shared: SharedResources): void {
  const { stack, functions, records, photos, events, parked, alarms } = shared;

  const clean = new ServiceFunction(stack, 'CleanPhotos', {
    name: 'photos',
    description: 'Rotates, resizes, strips, blurs and deletes photos.',
    functions,
    timeoutSeconds: 60,
    memoryMegabytes: 1536,
    settings,
    environment: {
      ...records.environment,
      PHOTO_BUCKET: photos.bucket.bucketName,
      PARKING_QUEUE_URL: parked.queue.queueUrl,
    },
  });
  if (!functions.photosRunOnLambda) {
    clean.warn(
      'suishoubao:sharp-for-lambda',
      `The photos function contains no image library for Linux on ${functions.architecture} and would fail on Lambda. Before deploying run: ${fetchNativePart(functions.architecture)}`,
    );
  }
  records.allow(clean, 'GetItem', 'PutItem');
  photos.allowOriginals(clean, 'GetObject', 'DeleteObject');
  photos.allowCleaned(clean, 'GetObject', 'PutObject', 'DeleteObject');
  parked.allowSend(clean);
  const queue = new ConsumerQueue(stack, 'PhotosQueue', {
    consumer: clean,
    alarms,
    alarm: {
      impact:
        'Photos of some reports stay hidden: they could not be cleaned of where and by whom they were taken.',
      runbook: 'dead-letters',
    },
    // A report has up to nine photos, and each takes seconds.
    batchSize: 1,
    maxConcurrency: 10,
  });
  events.feed(queue, { photos: true });
}
