import { settings as submitSettings } from '../../functions/submit/settings.ts';
import { settings as uploadsSettings } from '../../functions/uploads/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Submission of reports with photos, by residents and at the desk. */
export function addIntake(shared: SharedResources): void {
  const { stack, functions, records, photos, contactKey, limits, api } = shared;

  const submit = new ServiceFunction(stack, 'Submit', {
    name: 'submit',
    description: 'Accepts a new report.',
    functions,
    timeoutSeconds: 10,
    settings: submitSettings,
    environment: {
      ...records.environment,
      PHOTO_BUCKET: photos.bucket.bucketName,
      CONTACT_KEY_ARN: contactKey.key.keyArn,
      ...limits.environment,
    },
  });
  records.allow(submit, 'BatchGetItem', 'GetItem', 'PutItem', 'ConditionCheckItem');
  records.allowQuery(submit, 'contact');
  photos.allowAttaching(submit);
  limits.allow(submit, 'BatchGetItem', 'UpdateItem');
  contactKey.allow(submit, 'GenerateDataKey');
  api.addRoutes(submit, 'POST /api/reports', 'POST /api/desk/reports');

  const uploads = new ServiceFunction(stack, 'Uploads', {
    name: 'uploads',
    description: 'Signs upload forms for photos.',
    functions,
    timeoutSeconds: 10,
    settings: uploadsSettings,
    environment: { PHOTO_BUCKET: photos.bucket.bucketName, ...limits.environment },
  });
  photos.allowUploads(uploads, 'PutObject');
  limits.allow(uploads, 'BatchGetItem', 'UpdateItem');
  api.addRoutes(uploads, 'POST /api/uploads', 'POST /api/desk/uploads');
}
