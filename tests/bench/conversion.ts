import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { restoreBackup } from '../../infra/local/backup.ts';
import { formatNumber } from '../../shared/kernel/number.ts';
import { clientOf, launch } from '../support/engine.ts';
import { createFormerTable, formerItem, histories, renumbered, secretOf } from '../support/former-table.ts';
import { Instance } from '../support/instance.ts';
import { oldData } from '../support/old-data.ts';
import { importTable, schemaOf } from './import-table.ts';

/** `npm start` on a data folder of the former version with many reports. */
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { reports: { type: 'string', default: '100000' }, keep: { type: 'string' } },
});
const reports = Number(values.reports);
const budgetSeconds = 180;
/** The table's name in the former version. */
const formerTable = 'Suishoubao-ReportsTable5E17AF2D';

const folder = mkdtempSync(join(tmpdir(), 'suishoubao-conversion-'));
try {
  const dataDir = values.keep ?? join(folder, 'data');
  await fill(dataDir);
  if (values.keep === undefined) await measure(dataDir);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A data folder of the former version with its keys, whose records table is replaced by a large one. */
async function fill(dataDir: string): Promise<void> {
  const backup = join(folder, 'backup');
  mkdirSync(backup);
  execFileSync('tar', ['-xzf', oldData.archive, '-C', backup]);
  restoreBackup(backup, dataDir);

  const model = await launch();
  const client = clientOf(model.endpoint);
  await createFormerTable(client, formerTable);
  const schema = await schemaOf(client, formerTable);
  client.destroy();
  model.stop();

  const all = histories();
  const file = join(folder, 'tables.db');
  await importTable(file, folder, schema, reports, (index) => {
    const number = formatNumber('YT', '261120', index);
    return formerItem(renumbered(all[index % all.length] ?? [], number), secretOf(number));
  });
  const database = join(dataDir, 'dynamodb/tables.db');
  for (const rest of ['-wal', '-shm']) rmSync(database + rest, { force: true });
  renameSync(file, database);
}

async function measure(dataDir: string): Promise<void> {
  const empty = await Instance.start(join(folder, 'empty'));
  await empty.kill('SIGTERM');
  const instance = await Instance.start(dataDir, undefined, 2_000 * budgetSeconds);
  const seconds = (instance.readyAfter - empty.readyAfter) / 1000;
  await instance.kill('SIGTERM');
  if (!instance.output.includes(`records: ${reports}`)) throw new Error(`not converted:\n${instance.output}`);
  console.log(
    `${reports} reports converted: ${seconds.toFixed(1)} s more than a start without any   ≤ ${budgetSeconds} s`,
  );
  if (seconds > budgetSeconds) process.exitCode = 1;
}
