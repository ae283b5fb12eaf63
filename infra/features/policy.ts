import { settings } from '../../functions/policy/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import type { SharedResources } from './shared-resources.ts';

/** Bringing open reports under changed rules of the city. */
export function addPolicy(shared: SharedResources): void {
  const { stack, functions, records, api } = shared;

  const policy = new ServiceFunction(stack, 'Policy', {
    name: 'policy',
    description: 'Brings reports under way under changed rules.',
    functions,
    // The gateway waits for half a minute.
    timeoutSeconds: 29,
    settings,
    environment: records.environment,
  });
  records.allow(policy, 'GetItem', 'PutItem');
  records.allowQuery(policy, 'department');
  api.addRoutes(policy, 'POST /api/desk/policy');
}
