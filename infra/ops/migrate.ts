import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { setTimeout as wait } from 'node:timers/promises';
import { moveRecords } from '../migration/move.ts';
import { DeployedStack } from '../migration/stack.ts';
import { nextChange, wantedRecordsTable } from '../migration/table-changes.ts';
import { FormerMarks } from '../../shared/store/former-marks.ts';
import { wrongUsage } from './arguments.ts';
import type { Connection } from './connection.ts';
import { recount } from './counts.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';
import { timeOf } from './time-of.ts';

/** Until the deployment, functions of the former version still write marks in the former format. */
const noEnd = '9999';

export const migrate: Noun = {
  usage: [
    [
      'migrate',
      'AWS：为当前版本准备记录表（逐个增减索引），并把旧表中的记录迁移过来；按提示与部署交替运行',
      'AWS: prepares the records table for this version, one index at a time, and moves the records of a former table; alternate it with deployments as it instructs',
    ],
  ],
  async run(args, connect, target) {
    if (args.length > 0) throw wrongUsage(migrate.usage);
    const connection = await connect();
    const former = connection.optionalOutput('FormerTableName');
    if (former !== undefined) {
      await move(connection, former);
      return;
    }
    if (target.kind !== 'aws')
      throw new OpsRefused('本机的数据由 npm start 转换。', 'On this machine npm start converts the data.');
    const cloudFormation = new CloudFormationClient({ region: await connection.sqs.config.region() });
    try {
      const stack = new DeployedStack(cloudFormation, connection.s3, target.stack);
      await prepare(connection, stack, console.log);
    } finally {
      cloudFormation.destroy();
    }
  },
};

/** Updates the deployed table for this version and prints the next step. */
export async function prepare(
  connection: Connection,
  stack: DeployedStack,
  report: (line: string) => void,
): Promise<void> {
  const wanted = wantedRecordsTable();
  for (let step = 1; ; step += 1) {
    const change = nextChange(await stack.template(), wanted);
    if (!change) break;
    report(`${change.zh} … / ${change.en} …`);
    await stack.update(change.template, `${await timeOf(connection)}-${step}`);
  }
  const former = (await stack.outputs())['ReportsTableName'];
  if (former === undefined) {
    report('记录表已就绪，可以部署。 The records table is ready: deploy.');
    return;
  }
  const { Table } = await connection.dynamodb.send(new DescribeTableCommand({ TableName: former }));
  const stream = Table?.LatestStreamArn;
  if (stream === undefined)
    throw new OpsRefused(`旧表 ${former} 没有数据流。`, `The former table ${former} has no stream.`);
  const marks = new FormerMarks(connection.dynamodb, connection.output('LedgerTableName'));
  await marks.begin(await timeOf(connection), noEnd);
  report('新表已就绪。请带上旧表部署，然后再运行一次 migrate：');
  report('The new table is ready. Deploy with the former one, then run migrate again:');
  report(`  npx cdk deploy --all -c formerTable=${former} -c formerStream=${stream}`);
}

/** Moves the records left in the former table while functions use both tables. */
export async function move(
  connection: Connection,
  former: string,
  report: (line: string) => void = console.log,
  waitForChanges?: () => Promise<void>,
): Promise<void> {
  const { dynamodb, output } = connection;
  const tables = { former, records: output('RecordsTableName') };
  // The second pass finds nothing: no function writes there.
  while ((await moveRecords(dynamodb, tables, report)) > 0) await (waitForChanges ?? (() => wait(1_000)))();
  await recount(connection, true, waitForChanges);
  await new FormerMarks(dynamodb, output('LedgerTableName')).begin(await timeOf(connection));
  report('全部记录已迁移，待办计数已更正。');
  report('Every record has been moved, and the backlog counts are corrected.');
  if (connection.kind !== 'aws') return;
  report(`一天后（旧表的变更届时均已发布）不带旧表部署；确认无误后可删除旧表 ${former}：`);
  report('Tomorrow, when all changes of the former table have been published, deploy without it:');
  report('  npx cdk deploy --all');
}
