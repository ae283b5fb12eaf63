import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readCity } from '../build.ts';
import { scan } from '../migration/scan.ts';
import { cityDay } from '../../shared/kernel/clocks/city-day.ts';
import { backlogDimensions, tally, type BacklogDimension, type Tally } from '../../shared/kernel/backlog.ts';
import { Figures } from '../../shared/store/figures.ts';
import { backlogEntryOf } from '../../shared/store/item.ts';
import type { Connection } from './connection.ts';
import type { Noun } from './noun.ts';
import { OpsRefused } from './refused.ts';
import { timeOf } from './time-of.ts';

/** What is on its way when the counts are compared has arrived by then. */
const settleMilliseconds = 10_000;

/** The counts of what there is to do, which follow each change; here they are compared with the records themselves. */
export const counts: Noun = {
  usage: [
    [
      'counts recount [--mend]',
      '逐条清点全部记录，与待办计数核对，指出不符之处；--mend 同时更正',
      'counts all records, compares the counts of what there is to do, says what is wrong; --mend corrects it',
    ],
  ],
  async run(args, connect) {
    const mends = read(args);
    const connection = await connect();
    const wrong = await recount(connection, mends);
    for (const { dimension, key, name, by } of wrong)
      console.log(
        `${dimension} ${key}: ${name.slice(1)} ${by > 0 ? `少 ${by} too few` : `多 ${-by} too many`}`,
      );
    if (wrong.length === 0) console.log('计数全部正确 all counts are right');
    else if (mends) console.log('已更正 corrected');
    else console.log('加 --mend 更正 add --mend to correct them');
  },
};

/** A count that is wrong: by how much more it has to be. */
export type Wrong = { dimension: BacklogDimension; key: string; name: string; by: number };

/**
 * Compares the counts with all records, twice: what differs in the same way both times is wrong, and not on its way.
 * @param mends whether what is wrong is corrected.
 */
export async function recount(
  connection: Connection,
  mends: boolean,
  settle: () => Promise<void> = () => wait(settleMilliseconds),
): Promise<Wrong[]> {
  const figures = new Figures(connection.dynamodb, connection.output('LedgerTableName'), () => wait(50));
  const first = await differences(connection, figures);
  if (first.size === 0) return [];
  await settle();
  const wrong: Wrong[] = [];
  for (const [id, difference] of await differences(connection, figures))
    if (first.get(id)?.by === difference.by) wrong.push(difference);
  if (mends)
    for (const { dimension, key, name, by } of wrong) await figures.correct(dimension, key, { [name]: by });
  return wrong;
}

async function differences(
  { dynamodb, output, local }: Connection,
  figures: Figures,
): Promise<Map<string, Wrong>> {
  const rows: Tally = {};
  for await (const page of scan(dynamodb, output('RecordsTableName')))
    for (const item of page) tally(rows, backlogEntryOf(item));
  const today = cityDay(await timeOf({ local }), readCity().timeZone);
  const found = new Map<string, Wrong>();
  for (const dimension of backlogDimensions) {
    const counted = await figures.backlog(dimension, today);
    const own = Object.keys(rows).filter((row) => row.startsWith(`${dimension}#`));
    for (const key of new Set([...counted.keys(), ...own.map((row) => row.slice(dimension.length + 1))])) {
      const [is, should] = [counted.get(key) ?? {}, rows[`${dimension}#${key}`] ?? {}];
      for (const name of new Set([...Object.keys(is), ...Object.keys(should)])) {
        const by = (should[name] ?? 0) - (is[name] ?? 0);
        if (by !== 0) found.set(`${dimension} ${key} ${name}`, { dimension, key, name, by });
      }
    }
  }
  return found;
}

function read(args: string[]): boolean {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { mend: { type: 'boolean', default: false } },
    });
    if (positionals.join(' ') === 'recount') return values.mend;
  } catch (cause) {
    throw refused(cause);
  }
  throw refused();
}

function refused(cause?: unknown): OpsRefused {
  return new OpsRefused('用法：counts recount [--mend]。', 'Usage: counts recount [--mend].', { cause });
}
