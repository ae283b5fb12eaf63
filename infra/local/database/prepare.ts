import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { convertOffline, type Progress } from '../../migration/convert-offline.ts';
import { deleteTable } from '../../migration/delete-table.ts';
import { scanFormer, scanFormerFile } from '../../migration/scan.ts';
import { recordsTable } from '../../../shared/store/schema.ts';
import { writeDurably } from '../data-folder.ts';
import type { Checkpoints } from '../messaging/checkpoints.ts';
import type { Plan } from '../template/plan.ts';
import { describe, prepareTables, tableNames } from './tables.ts';

/** The stored progress of the conversion of a former table. */
const progressSchema = z.strictObject({
  former: z.string(),
  asOf: z.string(),
  after: z.string().optional(),
  copied: z.int(),
  backlog: z.record(z.string(), z.record(z.string(), z.int())),
});

/** Creates the tables and converts a former version's table, before anything else uses them. */
export async function prepareDatabase({
  dataDir,
  plan,
  tables: client,
  streams,
  checkpoints,
  databaseFile,
  now,
  report,
}: {
  dataDir: string;
  plan: Plan;
  tables: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  checkpoints: Checkpoints;
  /** The database file of the embedded engine; undefined for an external one. */
  databaseFile: string | undefined;
  /** The functions' time, RFC 3339. */
  now: string;
  report: (line: string) => void;
}): Promise<void> {
  const progressFile = join(dataDir, 'conversion.json');
  const records = plan.outputs['RecordsTableName'] ?? '';
  const former = await findFormer(client, records);
  await prepareTables(client, plan.tables, report, former === undefined ? undefined : records);
  if (former !== undefined)
    await convertOffline({
      client,
      streams,
      former,
      records,
      ledger: plan.outputs['LedgerTableName'] ?? '',
      now,
      publishedUpTo: (shard) => checkpoints.lowest(shard),
      read: (after) =>
        databaseFile === undefined
          ? scanFormer(client, former, after)
          : scanFormerFile(databaseFile, former, after),
      readProgress: () => readProgress(progressFile, former),
      saveProgress: (progress) => {
        writeDurably(progressFile, JSON.stringify({ former, ...progress }));
      },
      recreate: async () => {
        await deleteTable(client, records);
        await prepareTables(client, plan.tables, report, records);
      },
      enableStream: () => prepareTables(client, plan.tables, report),
      report,
    });
  rmSync(progressFile, { force: true });
}

/** The former records table of this stack; an external engine may contain other tables. */
async function findFormer(client: DynamoDBClient, records: string): Promise<string | undefined> {
  const [stack] = records.split('-RecordsTable');
  for (const name of await tableNames(client)) {
    if (stack === undefined || !name.startsWith(`${stack}-ReportsTable`)) continue;
    const { KeySchema = [] } = await describe(client, name);
    // Its only key is the report number.
    if (KeySchema.length === 1 && KeySchema[0]?.AttributeName === recordsTable.hashKey) return name;
  }
  return undefined;
}

function readProgress(file: string, former: string): Progress | undefined {
  if (!existsSync(file)) return undefined;
  const { former: of, ...progress } = progressSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  return of === former ? progress : undefined;
}
