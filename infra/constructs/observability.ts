import { Duration, Stack } from 'aws-cdk-lib';
import {
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  SearchExpression,
  Stats,
  TextWidget,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { AlarmTopic } from './alarm-topic.ts';
import type { ConsumerQueue } from './consumer-queue.ts';
import type { HoldingQueue } from './holding-queue.ts';
import type { HttpApi } from './http-api.ts';
import type { ServiceFunction } from './service-function.ts';
import { traceQuery } from './trace-query.ts';

export type DashboardProps = {
  api: HttpApi;
  relay: ServiceFunction;
  /** The dashboard shows the errors of each. */
  functions: ServiceFunction[];
  /** The dashboard shows message age and dead letters of each, under the name of its function. */
  consumers: ConsumerQueue[];
  parked: HoldingQueue;
  /** The prefix of the department queues' names. */
  departmentQueuePrefix: string;
};

const fiveMinutes = Duration.minutes(5);

/** The dashboard, and the alarms that do not belong to a single queue. */
export class Observability extends Construct {
  constructor(scope: Construct, id: string, { alarms, api }: { alarms: AlarmTopic; api: HttpApi }) {
    super(scope, id);
    alarms.alarm(
      this,
      'ApiErrors',
      { impact: 'Residents and staff get errors: what they sent was not accepted.', runbook: 'api-errors' },
      {
        metric: api.stage.metricServerError({ period: fiveMinutes, statistic: Stats.SUM }),
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        threshold: 5,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      },
    );
    new CfnQueryDefinition(this, 'TraceQuery', {
      name: `${Stack.of(this).stackName}/trace`,
      queryString: traceQuery('NUMBER', 'CORRELATION-ID'),
    });
  }

  /** To be called when all functions and queues exist. */
  addDashboard(props: DashboardProps): Dashboard {
    const { api } = props;
    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(12) });
    const graph = (title: string, left: IMetric[]): GraphWidget =>
      new GraphWidget({ title, left, width: 12, height: 6 });
    // Unquoted words match parts of a name; quoted ones only the whole name.
    const search = (metric: string, deadLetters: string): IMetric =>
      new SearchExpression({
        expression: `SEARCH('{AWS/SQS,QueueName} MetricName="${metric}" QueueName=${props.departmentQueuePrefix}-dept ${deadLetters}', 'Maximum', 300)`,
        label: ' ',
        period: fiveMinutes,
      });
    dashboard.addWidgets(
      new TextWidget({
        markdown: '# 随手报 Suishoubao\nAlarms and what to do about them: docs/runbook.md',
        width: 24,
        height: 2,
      }),
    );
    dashboard.addWidgets(
      graph('Requests and errors', [
        api.stage.metricCount({ period: fiveMinutes }),
        api.stage.metricClientError({ period: fiveMinutes }),
        api.stage.metricServerError({ period: fiveMinutes }),
      ]),
      graph('Response times (ms)', [
        api.stage.metricLatency({ period: fiveMinutes, statistic: Stats.p(50), label: 'p50' }),
        api.stage.metricLatency({ period: fiveMinutes, statistic: Stats.p(95), label: 'p95' }),
      ]),
    );
    dashboard.addWidgets(
      graph('Relay: age of the oldest change (ms)', [
        props.relay.function.metric('IteratorAge', { period: fiveMinutes, statistic: Stats.MAXIMUM }),
      ]),
      graph(
        'Function errors',
        props.functions.map((one) => one.function.metricErrors({ period: fiveMinutes, label: one.node.id })),
      ),
    );
    dashboard.addWidgets(
      graph(
        'Age of the oldest message (s)',
        props.consumers.map(({ queue, consumer }) =>
          queue.metricApproximateAgeOfOldestMessage({ period: fiveMinutes, label: consumer.name }),
        ),
      ),
      graph('Messages waiting for an operator', [
        props.parked.queue.metricApproximateNumberOfMessagesVisible({
          period: fiveMinutes,
          statistic: Stats.MAXIMUM,
          label: 'parked',
        }),
        ...props.consumers.map(({ deadLetters, consumer }) =>
          deadLetters.queue.metricApproximateNumberOfMessagesVisible({
            period: fiveMinutes,
            statistic: Stats.MAXIMUM,
            label: `${consumer.name} dead letters`,
          }),
        ),
      ]),
    );
    dashboard.addWidgets(
      // A search, so that the dashboard does not change with the city's departments.
      graph('Departments: age of the oldest assignment (s)', [
        search('ApproximateAgeOfOldestMessage', 'NOT QueueName=dlq'),
      ]),
      graph('Departments: dead letters', [search('ApproximateNumberOfMessagesVisible', 'QueueName=dlq')]),
    );
    return dashboard;
  }
}
