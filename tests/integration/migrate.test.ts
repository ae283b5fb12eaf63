import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ReportEvent } from '../../events/report.ts';
import { startDatabase } from '../../infra/local/database/engine-process.ts';
import type { Cloud } from '../../infra/local/cloud.ts';
import { DeployedStack } from '../../infra/migration/stack.ts';
import { wantedRecordsTable, type Template } from '../../infra/migration/table-changes.ts';
import { connectTo, type Connection } from '../../infra/ops/connection.ts';
import { move, prepare } from '../../infra/ops/migrate.ts';
import { main } from '../../infra/ops/main.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { recount } from '../crash/recount.ts';
import type { SentCommand, Journal, Submission } from '../crash/load.ts';
import { city } from '../support/city.ts';
import { clientOf } from '../support/engine.ts';
import { createFormerTable, secretOf } from '../support/former-table.ts';
import { FormerWriter } from '../support/former-writer.ts';
import { Product } from '../support/product.ts';
import { admin, leak, Story, submit, system } from '../support/reports.ts';
import { eventually } from './local-tiny-cloud.ts';

describe('a deployed stack, before this version', () => {
  it('gets the table by one upload and one update at a time, with instructions for deployment', async () => {
    const wanted = wantedRecordsTable();
    let template: Template = {
      Resources: {
        ReportsTable: { Type: 'AWS::DynamoDB::Table' },
        Submit: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Code: { S3Bucket: { 'Fn::Sub': 'cdk-x-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'k' },
          },
        },
      },
      Outputs: { ReportsTableName: { Value: { Ref: 'ReportsTable' } } },
      Parameters: { BootstrapVersion: { Type: 'String' } },
    };
    const [formation, s3] = [mockClient(CloudFormationClient), mockClient(S3Client)];
    const database = mockClient(DynamoDBClient);
    formation.on(GetTemplateCommand).callsFake(() => ({ TemplateBody: JSON.stringify(template) }));
    formation.on(DescribeStacksCommand).callsFake(() => ({
      Stacks: [
        {
          StackName: 'Suishoubao',
          StackId: 'arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/Suishoubao/1',
          StackStatus: 'UPDATE_COMPLETE',
          Outputs: Object.keys(template.Outputs ?? {}).map((OutputKey) => ({
            OutputKey,
            OutputValue: `${OutputKey}-1`,
          })),
        },
      ],
    }));
    const uploads = new Map<string, string>();
    s3.on(PutObjectCommand).callsFake(({ Bucket, Key, Body }: Record<string, string>) => {
      uploads.set(`https://${Bucket}.s3.cn-north-1.amazonaws.com.cn/${Key}`, Body ?? '');
      return {};
    });
    formation.on(UpdateStackCommand).callsFake(({ TemplateURL }: { TemplateURL: string }) => {
      template = JSON.parse(uploads.get(TemplateURL) ?? '') as Template;
      return {};
    });
    database.on(DescribeTableCommand).resolves({ Table: { LatestStreamArn: 'arn:stream' } });
    database.on(PutItemCommand).resolves({});

    const [client, store] = [new CloudFormationClient({ region: 'r' }), new S3Client({ region: 'r' })];
    const said: string[] = [];
    const connection = {
      dynamodb: new DynamoDBClient({ region: 'r' }),
      output: (name: string) => name,
      local: undefined,
    } as unknown as Connection;
    await prepare(connection, new DeployedStack(client, store, 'Suishoubao'), (line) => said.push(line));
    expect(template.Resources[wanted.id]).toEqual(wanted.resource);
    expect(Object.keys(template.Resources)).toEqual(['ReportsTable', 'Submit', wanted.id]);
    expect(
      formation.commandCalls(UpdateStackCommand).map(({ args: [{ input }] }) => input.Parameters),
    ).toEqual([[{ ParameterKey: 'BootstrapVersion', UsePreviousValue: true }]]);
    expect(said.at(-1)).toBe(
      '  npx cdk deploy --all -c formerTable=ReportsTableName-1 -c formerStream=arn:stream',
    );
    expect(database.commandCalls(PutItemCommand)[0]?.args[0].input.Item).toMatchObject({ at: { S: '9999' } });

    // A second run changes nothing.
    await prepare(connection, new DeployedStack(client, store, 'Suishoubao'), () => undefined);
    expect(formation.commandCalls(UpdateStackCommand)).toHaveLength(1);
    for (const mock of [formation, s3, database]) mock.restore();
  });
});

/** How many records exist before the rehearsal. */
const reports = 240;
const former = 'before';

type Filed = { number: string; trackingToken: string };

describe('the rehearsal: records are moved while both versions run', () => {
  let product: Product;
  let cloud: Cloud;
  let connection: Connection;
  let client: DynamoDBClient;
  const now = (): string => new Date().toISOString();
  /** The requests and their outcomes. */
  const journal: Journal = { submissions: [], commands: [] };
  const numbers: string[] = [];

  let made = 0;
  function history(): { number: string; events: ReportEvent[] } {
    // Of an earlier day, so that its number differs from those submitted today.
    const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(2, 10).replaceAll('-', '');
    const number = formatNumber('YT', day, ++made);
    const story = new Story();
    story.give({ ...submit, number, photos: [] }, { kind: 'resident' }, 0);
    story.give(leak, system('classifier'), 1);
    return { number, events: story.events };
  }

  beforeAll(async () => {
    vi.stubEnv(
      'CDK_CONTEXT_JSON',
      JSON.stringify({
        formerTable: former,
        formerStream: `arn:aws:dynamodb:us-east-1:000000000000:table/${former}/stream/2026-11-29T00:00:00.000`,
      }),
    );
    product = await Product.make();
    vi.unstubAllEnvs();
    const database = await startDatabase(product.dataDir, () => undefined);
    const early = clientOf(database.endpoint);
    await createFormerTable(early, former);
    const writer = new FormerWriter(early, former);
    for (let at = 0; at < reports; at += 1) {
      const { number, events } = history();
      await writer.create(events, secretOf(number));
      numbers.push(number);
    }
    early.destroy();
    await database.stop();
    cloud = await product.start();
    connection = await connectTo({ kind: 'embedded', dataDir: product.dataDir });
    client = connection.dynamodb;
  });
  afterAll(async () => {
    connection.close();
    await cloud.stop();
    product.remove();
  });

  it('loses and duplicates nothing, and accepts reports throughout', async () => {
    const token = await cloud.token('admin');
    const writer = new FormerWriter(client, former);
    let ended = false;
    let moved = 0;

    const call = async (path: string, body: object, more: Record<string, string>): Promise<Response> =>
      fetch(cloud.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more },
        body: JSON.stringify(body),
      });
    const submits = async (who: number): Promise<void> => {
      for (let at = who; !ended; at += 2) {
        const submission: Submission = { mark: `编号${at}号`, photos: 0 };
        journal.submissions.push(submission);
        const key = randomUUID();
        const report = {
          description: `楼道灯不亮，${submission.mark}`,
          location: { area: 'tinglan-court' },
        };
        const more = { 'idempotency-key': key, 'x-device': key };
        // Each is sent twice, like a retry without a response.
        const answers = await Promise.all([
          call('/api/reports', report, more),
          call('/api/reports', report, more),
        ]);
        expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
        const [one, again] = (await Promise.all(answers.map((answer) => answer.json()))) as Filed[];
        expect(one?.number).toBe(again?.number);
        if (one) submission.filed = { number: one.number, token: one.trackingToken };
      }
    };
    const notes = async (who: number): Promise<void> => {
      for (let at = who; !ended; at += 7) {
        const number = numbers[at % numbers.length] ?? '';
        const given: SentCommand = { type: 'note', number, mark: `新版 ${at}` };
        journal.commands.push(given);
        const headers = { authorization: `Bearer ${token}` };
        const seen = await fetch(`${cloud.url}/api/desk/reports/${number}`, { headers });
        const { version } = (await seen.json()) as { version: number };
        const answer = await call(
          `/api/desk/reports/${number}/commands`,
          { type: 'note', text: given.mark, photos: [], audience: 'everyone', version },
          { ...headers, 'idempotency-key': randomUUID() },
        );
        given.answer = answer.ok ? 'done' : 'refused';
        // Another command came first.
        if (!answer.ok) expect(answer.status).toBe(409);
      }
    };
    const formerFunctions = async (): Promise<void> => {
      for (let at = 1; !ended; at += 5) {
        const number = numbers[at % numbers.length] ?? '';
        const given: SentCommand = { type: 'note', number, mark: `旧版 ${at}` };
        journal.commands.push(given);
        const note = { type: 'note', text: given.mark, photos: [], audience: 'everyone' } as const;
        try {
          const isDone = await writer.execute(number, note, { actor: admin, now: now(), city });
          given.answer = isDone ? 'done' : 'refused';
        } catch {
          // The record has been moved: the former version cannot read it.
          given.answer = 'refused';
          moved += 1;
        }
        const one = history();
        if (await writer.create(one.events, secretOf(one.number))) numbers.push(one.number);
        await wait(20);
      }
    };
    const load = [submits(0), submits(1), notes(0), notes(3), formerFunctions()];
    // Enough commands before and during the move, on a slow machine too.
    const done = (): number => journal.commands.filter(({ answer }) => answer === 'done').length;
    await eventually(() => done() > 10);
    const moving = move(connection, former, () => undefined);
    await eventually(() => done() > 30 && moved > 0 && journal.submissions.length > 10);
    ended = true;
    await Promise.all(load);
    await moving;
    await cloud.idle();
    // A second run of the command moves what the former version wrote last.
    const said = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await main(['migrate', '--data', product.dataDir], {});
    expect(said.mock.calls.join('\n')).toContain('Every record has been moved');
    vi.restoreAllMocks();

    const { Items = [] } = await client.send(new ScanCommand({ TableName: former }));
    expect(Items.length).toBeGreaterThan(reports);
    expect(Items.every((item) => Object.keys(item).join() === 'number')).toBe(true);
    // A digest is sent in the minute after its events.
    for (let minute = 0; minute < 5 && (await counted()).problems.length > 0; minute += 1) {
      await cloud.advance(60_000);
      await cloud.idle();
    }
    const { problems, reports: there } = await counted();
    expect(problems).toEqual([]);
    expect(there).toBe(numbers.length + journal.submissions.length);
  });

  const counted = (): ReturnType<typeof recount> =>
    recount(connection, product.dataDir, city, journal, now());
});
