import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { settings } from '../../functions/claims/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { StaffPool } from '../constructs/staff-pool.ts';
import type { SharedResources } from './shared-resources.ts';

/** The staff user pool, and the function that adds departments and areas to access tokens. */
export function addStaffSignIn(
  shared: Pick<SharedResources, 'stack' | 'functions' | 'alarms' | 'observability'>,
): StaffPool {
  const { stack, functions, alarms, observability } = shared;

  const claims = new ServiceFunction(stack, 'Claims', {
    name: 'claims',
    description: 'Adds departments and areas to access tokens.',
    functions,
    // Cognito's limit for triggers.
    timeoutSeconds: 5,
    settings,
    environment: {},
  });
  // In the dashboard's scope, so that its logical id stays the same.
  alarms.alarm(
    observability,
    'SignInFails',
    { impact: 'Staff cannot sign in: nobody acknowledges reports.', runbook: 'sign-in-fails' },
    {
      metric: claims.function.metricErrors({ period: Duration.minutes(5) }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    },
  );
  return new StaffPool(stack, 'Staff', { claims });
}
