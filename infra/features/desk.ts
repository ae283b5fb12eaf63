import { settings } from '../../functions/desk/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** The staff inbox and staff commands. */
export function addDesk(shared: SharedResources): void {
  const { stack, functions, records, photos, contactKey, api } = shared;

  const desk = new ServiceFunction(stack, 'Desk', {
    name: 'desk',
    description: 'The inbox and commands of staff.',
    functions,
    timeoutSeconds: 10,
    settings,
    environment: { ...records.environment, PHOTO_BUCKET: photos.bucket.bucketName },
  });
  records.allow(desk, 'GetItem', 'PutItem');
  records.allowQuery(desk, 'department', 'area', 'handler', 'alerts');
  photos.allowAttaching(desk);
  photos.allowCleaned(desk, 'GetObject');
  contactKey.allow(desk, 'Decrypt');
  api.addRoutes(
    desk,
    'GET /api/desk/me',
    'GET /api/desk/reports',
    'GET /api/desk/reports/{number}',
    'POST /api/desk/reports/{number}/commands',
    'GET /api/desk/alerts',
  );
}
