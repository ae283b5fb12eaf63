import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { settings } from '../../functions/claims/settings.ts';
import { ServiceFunction } from '../constructs/service-function.ts';
import { StaffPool } from '../constructs/staff-pool.ts';
import type { SharedResources } from './shared-resources.ts';

/** The accounts of staff, and the function that puts departments and areas into their access tokens. */
export function addStaffSignIn(
  shared: Pick<SharedResources, 'stack' | 'functions' | 'alarms' | 'observability'>,
): StaffPool {
  const { stack, functions, alarms, observability } = shared;

  const claims = new ServiceFunction(stack, 'Claims', {
    name: 'claims',
    description: 'Puts departments and areas into access tokens.',
    functions,
    // Cognito waits no longer for its triggers.
    timeoutSeconds: 5,
    settings,
    environment: {},
  });
  // In the scope of the dashboard, so that its logical id stays.
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
