import { settings as readSettings } from '../../functions/read/settings.ts';
import { settings as residentCommandSettings } from '../../functions/resident-command/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** What residents see of the city and their reports, and their commands. */
export function addResident(shared: SharedResources): void {
  const { stack, functions, records, photos, limits, staff, client, api } = shared;

  const read = new ServiceFunction(stack, 'Read', {
    name: 'read',
    description: 'Serves reports to residents, and the city to the form.',
    functions,
    timeoutSeconds: 10,
    settings: readSettings,
    environment: {
      ...records.environment,
      PHOTO_BUCKET: photos.bucket.bucketName,
      ISSUER: staff.issuer,
      USER_POOL_CLIENT_ID: client.userPoolClientId,
      ...limits.environment,
    },
  });
  records.allow(read, 'GetItem');
  limits.allow(read, 'UpdateItem');
  records.allowQuery(read, 'nearby');
  photos.allowCleaned(read, 'GetObject');
  api.addRoutes(read, 'GET /api/city', 'GET /api/reports', 'GET /api/reports/{number}');

  const residentCommand = new ServiceFunction(stack, 'ResidentCommand', {
    name: 'resident-command',
    description: "Runs residents' commands.",
    functions,
    timeoutSeconds: 10,
    settings: residentCommandSettings,
    environment: {
      ...records.environment,
      PHOTO_BUCKET: photos.bucket.bucketName,
      ...limits.environment,
    },
  });
  records.allow(residentCommand, 'GetItem', 'PutItem');
  photos.allowAttaching(residentCommand);
  photos.allowCleaned(residentCommand, 'GetObject');
  limits.allow(residentCommand, 'UpdateItem');
  api.addRoutes(residentCommand, 'POST /api/reports/{number}/commands', 'POST /api/reports/{number}/link');
}
