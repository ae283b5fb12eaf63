import { settings } from '../../functions/policy/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Applies changed city rules to open reports. */
export function addPolicy(shared: SharedResources): void {
  const { stack, functions, records, api } = shared;

  const policy = new ServiceFunction(stack, 'Policy', {
    name: 'policy',
    description: 'Applies changed rules to open reports.',
    functions,
    // API Gateway's limit is 30 seconds.
    timeoutSeconds: 29,
    settings,
    environment: records.environment,
  });
  records.allow(policy, 'GetItem', 'PutItem');
  records.allowQuery(policy, 'department');
  api.addRoutes(policy, 'POST /api/desk/policy');
}
