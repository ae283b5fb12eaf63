import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { BuiltFunctions } from '../build.ts';
import type { AlarmTopic } from './alarm-topic.ts';
import type { ReportsTable } from './reports-table.ts';
import { ServiceFunction } from './service-function.ts';

export type SweepProps = {
  functions: BuiltFunctions;
  reports: ReportsTable;
  alarms: AlarmTopic;
};

/** Fires the clocks that are due, each minute. */
export class Sweep extends Construct {
  readonly function: ServiceFunction<'sweep'>;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    this.function = new ServiceFunction(this, 'Sweep', {
      name: 'sweep',
      functions: props.functions,
      environment: { REPORTS_TABLE: props.reports.table.tableName },
      // Ends before the next one starts.
      timeoutSeconds: 55,
      description: 'Warns and breaches: fires the clocks of reports that are due.',
    });
    props.reports.allow(this.function, 'GetItem', 'PutItem');
    props.reports.allowQuery(this.function, 'timers');

    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // A late repetition finds nothing that the next minute's sweep does not find as well.
        new LambdaFunction(this.function.function, { maxEventAge: Duration.minutes(1), retryAttempts: 0 }),
      ],
    });

    const perMinute = { period: Duration.minutes(1) };
    props.alarms.alarm(
      this,
      'Failing',
      {
        hurt: 'For five minutes some clocks could not fire: their departments are not warned, and nobody sees that the reports are late.',
        runbook: 'clocks-stand-still',
      },
      {
        metric: this.function.function.metricErrors(perMinute),
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 5,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      },
    );
    props.alarms.alarm(
      this,
      'NotRunning',
      {
        hurt: 'The sweep has not run for five minutes: departments are not warned and late reports are not seen.',
        runbook: 'clocks-stand-still',
      },
      {
        metric: this.function.function.metricInvocations(perMinute),
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        threshold: 1,
        evaluationPeriods: 5,
        treatMissingData: TreatMissingData.BREACHING,
      },
    );
  }
}
