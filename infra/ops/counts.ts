import { setTimeout as wait } from 'node:timers/promises';
import { readCity } from '../build.ts';
import { scan } from '../migration/scan.ts';
import { cityDay } from '../../shared/kernel/clocks/city-day.ts';
import { backlogDimensions, tally, type BacklogDimension, type Tally } from '../../shared/kernel/backlog.ts';
import { Figures } from '../../shared/store/figures.ts';
import { backlogEntryOf } from '../../shared/store/item.ts';
import type { Connection } from './connection.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Noun } from './noun.ts';
import { timeOf } from './time-of.ts';

/** Changes in flight during the first comparison have been counted by then. */
const changesArriveMilliseconds = 10_000;

/** Compares the backlog counts, which are updated with each change, with the records themselves. */
export const counts: Noun = {
  usage: [
    [
      'counts recount [--mend]',
      '逐条清点全部记录，与待办计数核对，指出不符之处；--mend 同时更正',
      'counts all records, compares the backlog counts with them and lists differences; --mend corrects them',
    ],
  ],
  async run(args, connect) {
    const mend = read(args);
    const connection = await connect();
    const wrong = await recount(connection, mend);
    for (const { dimension, key, name, by } of wrong)
      console.log(
        `${dimension} ${key}: ${name.slice(1)} ${by > 0 ? `少 ${by} too few` : `多 ${-by} too many`}`,
      );
    if (wrong.length === 0) console.log('计数全部正确 all counts are right');
    else if (mend) console.log('已更正 corrected');
    else console.log('加 --mend 更正 add --mend to correct them');
  },
};

/** A wrong count; `by` is what has to be added to it. */
export type Wrong = { dimension: BacklogDimension; key: string; name: string; by: number };

/**
 * Compares the counts with all records, twice: only a difference that is the same both times is not a change in flight.
 * @param mend whether to correct wrong counts.
 */
export async function recount(
  connection: Connection,
  mend: boolean,
  waitForChanges: () => Promise<void> = () => wait(changesArriveMilliseconds),
): Promise<Wrong[]> {
  const figures = new Figures(connection.dynamodb, connection.output('LedgerTableName'), () => wait(50));
  const first = await differences(connection, figures);
  if (first.size === 0) return [];
  await waitForChanges();
  const wrong: Wrong[] = [];
  for (const [id, difference] of await differences(connection, figures))
    if (first.get(id)?.by === difference.by) wrong.push(difference);
  if (mend)
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
    const recounted = Object.keys(rows).filter((row) => row.startsWith(`${dimension}#`));
    for (const key of new Set([
      ...counted.keys(),
      ...recounted.map((row) => row.slice(dimension.length + 1)),
    ])) {
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
  const options = { mend: { type: 'boolean', default: false } } as const;
  const { positionals, values } = parseArguments(args, options, counts.usage);
  if (positionals.join(' ') !== 'recount') throw wrongUsage(counts.usage);
  return values.mend;
}
