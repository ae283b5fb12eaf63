import { CreateTableCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ReportEvent } from '../../events/report.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nextTimer } from '../../shared/kernel/timers.ts';
import { report as kind } from '../../shared/records/report/kind.ts';
import { shardOf, type Private } from '../../shared/store/item.ts';
import { fold } from './report-domain.ts';

/** The records table and its items as written by former versions. */

const indexes = [
  ['inbox', 'inbox', 'inboxOrder', ['summary', 'version']],
  ['timers', 'timerShard', 'timerAt', undefined],
  ['contact', 'contactHash', 'submittedAt', ['summary']],
  ['nearby', 'cell', 'submittedAt', ['summary']],
  ['alerts', 'alertArea', 'alertAt', ['summary']],
] as const;

export async function createFormerTable(client: DynamoDBClient, name: string): Promise<void> {
  const keys = new Set(['number', ...indexes.flatMap(([, hash, range]) => [hash, range])]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'number', KeyType: 'HASH' }],
      AttributeDefinitions: [...keys].map((key) => ({ AttributeName: key, AttributeType: 'S' })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      GlobalSecondaryIndexes: indexes.map(([IndexName, hash, range, include]) => ({
        IndexName,
        KeySchema: [
          { AttributeName: hash, KeyType: 'HASH' },
          { AttributeName: range, KeyType: 'RANGE' },
        ],
        Projection: include
          ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [...include] }
          : { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  );
}

export function formerItem(events: readonly ReportEvent[], secret: Private): Record<string, AttributeValue> {
  const record = fold(events);
  const { summary, inbox, cell, alert } = kind.indexes(record);
  const timerAt = nextTimer(kind, record);
  return marshall(
    {
      number: record.number,
      version: record.version,
      events: events.map((event) => JSON.stringify(event)),
      private: secret,
      summary,
      submittedAt: record.submittedAt,
      ...(inbox && {
        inbox: `${inbox.department}#${inbox.view}`,
        inboxOrder: `${inbox.order}#${record.number}`,
      }),
      ...(timerAt !== undefined && { timerAt, timerShard: shardOf(record.number) }),
      ...(cell !== undefined && { cell }),
      ...(alert && { alertArea: alert.area, alertAt: alert.at }),
      ...(secret.contactHash !== undefined && { contactHash: secret.contactHash }),
    },
    { removeUndefinedValues: true },
  );
}

/** Histories of reports, each with different events. */
export function histories(): ReportEvent[][] {
  const folder = resolve(import.meta.dirname, '../guards/corpus');
  return readdirSync(folder)
    .filter((name) => /^[\w-]+\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ReportEvent[]);
}

/** The same history with another number. */
export function renumbered(events: readonly ReportEvent[], number: string): ReportEvent[] {
  const own = events[0]?.number ?? '';
  return JSON.parse(JSON.stringify(events).replaceAll(own, number)) as ReportEvent[];
}

export function secretOf(number: string): Private {
  return {
    keyHash: `key ${number}`.padEnd(43, '.'),
    requestHash: `request ${number}`.padEnd(43, '.'),
    tokenHash: `token ${number}`.padEnd(43, '.'),
    contactHash: `contact ${number}`,
    commandKeys: [{ key: `command ${number}`.padEnd(43, '.'), request: 'r'.repeat(43) }],
  };
}
