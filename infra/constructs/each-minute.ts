import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type * as z from 'zod';
import type { BuiltFunctions } from '../build.ts';
import type { AlarmTopic, RunbookPage } from './alarm-topic.ts';
import { ServiceFunction } from './service-function.ts';

export type EachMinuteProps<S extends z.ZodObject> = {
  /** The function's folder in functions/. */
  name: string;
  functions: BuiltFunctions;
  settings: S;
  environment: z.infer<S>;
  description: string;
  alarms: AlarmTopic;
  /** Who is affected when it fails for five minutes, and when it does not run at all. */
  impact: { failing: string; notRunning: string };
  /** The runbook's page for both. */
  runbook: RunbookPage;
};

/** A function that runs each minute, with alarms for failing and not running. */
export class EachMinute<S extends z.ZodObject> extends Construct {
  readonly function: ServiceFunction<S>;

  constructor(scope: Construct, id: string, props: EachMinuteProps<S>) {
    super(scope, id);
    this.function = new ServiceFunction(this, id, {
      name: props.name,
      functions: props.functions,
      settings: props.settings,
      environment: props.environment,
      // Ends before the next run starts.
      timeoutSeconds: 55,
      description: props.description,
    });

    new Rule(this, 'EachMinute', {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // No retries: the next minute's run handles the same work.
        new LambdaFunction(this.function.function, { maxEventAge: Duration.minutes(1), retryAttempts: 0 }),
      ],
    });

    const perMinute = { period: Duration.minutes(1) };
    props.alarms.alarm(
      this,
      'Failing',
      { impact: props.impact.failing, runbook: props.runbook },
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
      { impact: props.impact.notRunning, runbook: props.runbook },
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
