import { report } from '../../shared/records/report/kind.ts';
import { fold, reportStore } from '../support/report-domain.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  ConditionalCheckFailedException,
  UpdateTableCommand,
  type DynamoDBClient,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { EventType } from '../support/report-domain.ts';
import type { ReportEvent } from '../../events/report.ts';
import type { Records } from '../../shared/store/records.ts';
import { toItem, type Item } from '../../shared/store/item.ts';
import { createHandler } from '../../functions/sweep/handler.ts';
import { StreamUpkeep } from '../../infra/local/database/stream-upkeep.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { timerShards } from '../../shared/store/schema.ts';
import { city } from '../support/city.ts';
import { clientOf, launch, startEngine } from '../support/engine.ts';
import { importTable, schemaOf } from './import-table.ts';
import { admin, after, leak, resident, Story, submit, system } from '../support/reports.ts';

/**
 * Runs two sweeps concurrently on a table with many open reports of which few are due. The table is in the embedded
 * engine, on disk, with its stream; the items are as the store writes them.
 */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { open: { type: 'string', default: '1000000' }, due: { type: 'string', default: '10000' } },
});
const [open, due] = [Number(values.open), Number(values.due)];
const budgetSeconds = 60;

/** Minutes after the stories' start: Monday, 10:00 in the city. */
const sweepAt = 3 * 1440 + 60;

/** A report's events, and the event that the sweep must add. */
type Template = { events: ReportEvent[]; expected: EventType | 'nothing' };

/** Reports that are not due: half urgent and new, half in progress for up to three days. */
const openTemplates: Template[] = Array.from({ length: 200 }, (_, i) => {
  const story = new Story();
  const isFresh = i % 2 === 0;
  const submitted = isFresh ? sweepAt - i / 10 : (sweepAt * i) / 200;
  story.give({ ...submit, description: `第${i}处，请来看看` }, resident, submitted);
  story.give(isFresh ? leak : { ...leak, category: 'other.unclear' }, system('classify'), submitted);
  if (!isFresh) story.give({ type: 'start' }, admin, submitted);
  return template(story, 'nothing');
});

/** Histories whose clocks warn, breach or escalate at one of the seconds of the minute before the sweep. */
const dueTemplates: Template[] = Array.from({ length: 60 }, (_, second) => second).flatMap((second) => {
  const firing = (minutes: number, sweeps: number[], expected: EventType): Template => {
    const story = new Story();
    const submitted = sweepAt - minutes - second / 60;
    story.give(submit, resident, submitted);
    story.give(leak, system('classify'), submitted);
    for (const at of sweeps) story.give({ type: 'fire-timers' }, system('sweep'), submitted + at);
    return template(story, expected);
  };
  return [
    firing(22.5, [], 'clock-warned.v1'),
    firing(30, [23], 'clock-breached.v1'),
    firing(60, [23, 31], 'clock-escalated.v1'),
  ];
});

function template(story: Story, expected: Template['expected']): Template {
  return { events: story.events, expected };
}

/** Every nth report is due, so that due ones are spread among the others. */
const every = Math.floor((open + due) / due);

function templateOf(index: number): Template {
  const isDue = index % every === 0 && index < due * every;
  const [templates, nth] = isDue ? [dueTemplates, index / every] : [openTemplates, index];
  const template = templates[nth % templates.length];
  if (!template) throw new Error(`no template for ${index}`);
  return template;
}

function numberOf(index: number): string {
  return formatNumber('YT', '261120', index);
}

function eventsOf(index: number): ReportEvent[] {
  const text = JSON.stringify(templateOf(index).events).replaceAll(submit.number, numberOf(index));
  return JSON.parse(text) as ReportEvent[];
}

const folder = mkdtempSync(join(tmpdir(), 'suishoubao-sweep-'));
process.once('exit', () => {
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const table = await load();
const database = join(folder, 'tables.db');
const engine = await launch(database);
// Without this index every write would scan all stream records.
const upkeep = new StreamUpkeep(database, () => undefined);
try {
  await race();
} finally {
  upkeep.stop();
  engine.stop();
}

/** @returns the table's name. */
async function load(): Promise<string> {
  const model = await startEngine();
  const schema = await schemaOf(model.client, model.reports);
  model.stop();
  await importTable(join(folder, 'tables.db'), folder, schema, open + due, itemOf);
  return model.reports;
}

function itemOf(index: number): Item {
  const events = eventsOf(index);
  const secret = { keyHash: hash('key'), requestHash: hash('request'), tokenHash: hash('token') };
  return toItem({ kind: report, record: fold(events), events, private: secret });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

type Requests = { queries: number; listed: number; gets: number; puts: number; conflicts: number };

function countingClient(): { client: DynamoDBClient; requests: Requests } {
  const requests: Requests = { queries: 0, listed: 0, gets: 0, puts: 0, conflicts: 0 };
  const client = clientOf(engine.endpoint);
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    try {
      const answer = await next(args);
      if (commandName === 'QueryCommand') {
        requests.queries += 1;
        requests.listed += (answer.output as QueryCommandOutput).ScannedCount ?? 0;
      } else if (commandName === 'GetItemCommand') requests.gets += 1;
      else if (commandName === 'PutItemCommand') requests.puts += 1;
      return answer;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) requests.conflicts += 1;
      throw error;
    }
  });
  return { client, requests };
}

async function race(): Promise<void> {
  const client = clientOf(engine.endpoint);
  const stream = { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } as const;
  await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification: stream }));

  const now = after(sweepAt);
  const sweeps = [countingClient(), countingClient()];
  const began = performance.now();
  const outcomes = await Promise.all(
    sweeps.map(({ client: own }) =>
      createHandler({
        city,
        store: reportStore(own, table),
        now: () => now,
        random: Math.random,
      })(),
    ),
  );
  const seconds = secondsSince(began);
  const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);

  console.log(
    `open ${open}  due in the minute ${due}  two sweeps racing: ${seconds} s   ≤ ${budgetSeconds} s`,
  );
  for (const [index, { requests }] of sweeps.entries())
    console.log(
      `sweep ${index + 1}: fired ${outcomes[index]?.fired}  queries ${requests.queries}  listed ${requests.listed}` +
        `  gets ${requests.gets}  writes ${requests.puts}  conflicts ${requests.conflicts}`,
    );

  const store = reportStore(client, table);
  await checkFiredOnce(store);
  assert.equal(sum(outcomes.map(({ fired }) => fired)), due, 'total fired');
  assert.equal(sum(sweeps.map(({ requests }) => requests.puts)), due, 'total written');
  for (const { requests } of sweeps) {
    assert.ok(requests.listed <= due, 'lists due reports only');
    assert.ok(requests.gets <= due, 'reads due reports only');
    assert.ok(requests.queries <= timerShards, 'one page per shard');
  }
  client.destroy();
  if (Number(seconds) > budgetSeconds) process.exitCode = 1;
}

/** Each due report has exactly one more event, of the expected type; no report is due any more. */
async function checkFiredOnce(store: Records): Promise<void> {
  const indexes = new Map(Array.from({ length: due }, (_, nth) => [numberOf(nth * every), nth * every]));
  const numbers = [...indexes.keys()];
  let checked = 0;
  for (let first = 0; first < numbers.length; first += 100)
    for (const { record: report, events } of await store.loadMany(numbers.slice(first, first + 100))) {
      const index = indexes.get(report.number) ?? NaN;
      assert.deepEqual(events.slice(0, -1), eventsOf(index), report.number);
      assert.equal(events.at(-1)?.type, templateOf(index).expected, report.number);
      checked += 1;
    }
  assert.equal(checked, due);
  for await (const number of store.due(after(sweepAt))) assert.fail(`${number} is still due`);
}

function secondsSince(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(1);
}
