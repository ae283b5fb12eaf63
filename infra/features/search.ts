import { settings } from '../../functions/search/settings.ts';
import { allow } from '../constructs/allow.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Staff search for a caller's reports. */
export function addSearch(shared: SharedResources): void {
  const { stack, functions, records, secret, api } = shared;

  const search = new ServiceFunction(stack, 'Search', {
    name: 'search',
    description: "Finds a person's reports by phone number.",
    functions,
    timeoutSeconds: 10,
    settings,
    environment: { ...records.environment, SECRET_ARN: secret.secretArn },
  });
  records.allow(search, 'BatchGetItem');
  records.allowQuery(search, 'contact');
  allow(search, ['secretsmanager:GetSecretValue'], [secret.secretArn]);
  api.addRoutes(search, 'POST /api/desk/search');
}
