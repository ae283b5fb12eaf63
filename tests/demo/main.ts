import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { City } from '../../shared/config/city.ts';
import { loadCity } from '../../shared/config/load-city.ts';
import { withOfficialDays } from '../../shared/config/official-days.ts';
import { percentile } from './concurrency.ts';
import { calendarOf } from '../../shared/kernel/clocks/sla.ts';
import { checkDigests, checkOutbox, checkPhotos, reread } from './checks.ts';
import { Client, Unreachable } from './client.ts';
import { FoundProblems, reasonOf } from './found-problems.ts';
import { Day, type Case, type Timings } from './day.ts';
import { readOptions, usage, type Options } from './options.ts';
import { countOthers, findOthers } from './others.ts';
import { makePicture, type Picture } from './pictures.ts';
import { Progress } from './progress.ts';
import { seededRandom } from './random.ts';
import { makeScenario } from './scenario.ts';
import { clockWords, dayOf, untilTimeOfDay } from './steps.ts';
import { departmentsTable, differences, growth, totalsTable, type Sources } from './summary.ts';
import type { StaffView } from './answers.ts';
import {
  clockEventsOf,
  totalOf,
  type AllRows,
  type Dimension,
  type Rows,
  type ClockEvent,
} from './ledger.ts';

/** The number of different photos that reports use. */
const poolSize = 28;
const sevenInTheMorning = 7 * 60;
const dayLength = 86_400_000;
/** The demo ends within this time, even with long holidays. */
const maxSpanDays = 40;

/** Plays the day and prints the results. Returns whether no problem was found. */
async function demo({ url, reports, seed }: Options): Promise<boolean> {
  const begun = performance.now();
  const client = new Client(url);
  await client.checkReachable();
  const staffFile =
    process.env['CITY_FILE'] ?? fileURLToPath(new URL('../../shared/config/demo-city.json', import.meta.url));
  const city = withOfficialDays(loadCity(staffFile));
  const known = await client.city();
  const problems = new FoundProblems();
  const progress = new Progress(process.stdout);
  const pool = new Map<number, Promise<Picture>>();
  const pictureOf = (index: number): Promise<Picture> => {
    const picture = pool.get(index) ?? makePicture(seed, index);
    pool.set(index, picture);
    return picture;
  };
  const plans = makeScenario({ reports, seed, places: known, pictures: poolSize });
  const run = `demo-${randomBytes(9).toString('hex')}`;
  const day = new Day({ client, city, plans, pictureOf, run, progress, problems });
  const { admin } = day;

  print(`随手报演示 / Suishoubao demo: ${known.name.zh} ${known.name.en}, ${url}`);
  print(`${reports} 件上报 / reports, --seed ${seed}`);
  await client.idle();
  const first = await client.clock();
  const [from, to] = [dayOf(first, known.timeZone), dayOf(later(first, maxSpanDays), known.timeZone)];
  const figures = async (): Promise<AllRows> => {
    const of = (by: Dimension): Promise<Rows> => client.stats(admin, from, to, by);
    return { area: await of('area'), department: await of('department'), category: await of('category') };
  };
  const before = await figures();
  const others = await findOthers(client, admin, known);
  await client.advance(Math.max(1000, untilWorkingDay(city, first)));
  const dawn = await client.clock();

  await day.play();
  await client.idle();
  progress.show(1, '核对 checking');
  await day.readAll();
  const again = await reread(client, day.cases, day.parts, known, problems);
  const after = await figures();
  const elsewhere = await countOthers(client, admin, known, others);
  const photos = await checkPhotos(client, day.cases, pictureOf, seededRandom(seed + 1), problems);
  const messages = await checkOutbox(client, day.cases, problems);
  const { parts, digests, lastStopAt } = day;
  const alerts = checkDigests(digests.values(), [...day.cases, ...parts], lastStopAt, problems);
  const last = await client.clock();
  progress.end();

  const sources: Sources = {
    demo: { rows: day.book.rows, totals: day.book.totals },
    stats: {
      area: growth(before.area, after.area, elsewhere.area),
      department: growth(before.department, after.department, elsewhere.department),
      category: growth(before.category, after.category, elsewhere.category),
    },
    reread: { rows: again.rows, totals: { figures: totalOf(again.rows.area), breaches: again.breaches } },
  };
  for (const { dimension, key, figure, demo: mine, other, source } of differences(sources))
    problems.add(
      `${key} 的 ${figure}：演示账 ${mine}，${source === 'stats' ? '统计' : '重读'} ${other}`,
      `${dimension} ${key}, ${figure}: demo ${mine}, ${source} ${other}`,
    );
  problems.unless(
    day.cases.length === reports,
    `应有 ${reports} 件工单，只有 ${day.cases.length} 份`,
    `${day.cases.length} reports of ${reports} were taken in`,
  );

  print('');
  print(`${clockWords(dawn, known.timeZone)} → ${clockWords(last, known.timeZone)} (${known.timeZone})`);
  print('');
  for (const line of totalsTable(sources)) print(line);
  print('');
  for (const line of departmentsTable(sources, known)) print(line);
  print('');
  const { routedRightly, placedRightly } = again;
  print(`类别 categories: ${again.categories} / ${known.categories.length}`);
  print(`直接派单且类别正确 dispatched directly with the right category: ${share(routedRightly)}`);
  print(`凭地址、坐标或文字认出地点 place found by address, position or words: ${share(placedRightly)}`);
  print(`照片抽查 photos looked at: ${photos}；消息抽查 messages looked for: ${messages}`);
  print(`提醒汇总 alerts looked for: ${alerts}；${digests.size} 条 digests`);
  if (others.length > 0)
    print(`此前未办结的工单（已扣除）/ reports open before, not counted: ${others.length}`);
  for (const line of timingLines(day.timings)) print(line);
  print(`用时 time ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  print(`本机时钟现为 / the instance’s clock is now ${clockWords(last, known.timeZone)}`);
  print(leftLine(day));
  for (const line of shownLines(day.cases)) print(line);
  print('');
  if (problems.count === 0) print('全部一致。/ Every count agrees.');
  else {
    print(`${problems.count} 处不符 / problems:`);
    for (const line of problems.lines()) print(line);
    print(
      '演示期间若有人同时使用这个实例，统计会不符。/ Figures also differ when someone else uses the instance at the same time.',
    );
  }
  return problems.count === 0;
}

function timingLines({ submit, submitWithPhotos, visible, stale }: Timings): string[] {
  const words = (values: readonly number[]): string =>
    values.length === 0
      ? '-'
      : `p50 ${percentile(values, 0.5).toFixed(0)} ms, p95 ${percentile(values, 0.95).toFixed(0)} ms (${values.length})`;
  return [
    `上报耗时（6 个并发）submit without photos, 6 at once: ${words(submit)}`,
    `带照片上报 submit with photos: ${words(submitWithPhotos)}`,
    `上报到收件箱可见 submitted to visible in an inbox: ${words(visible)}`,
    ...(stale > 0 ? [`版本过时后重试 retried after a stale version: ${stale}`] : []),
  ];
}

/** Counts of what remains to be done at the desk and on the board after the demo. */
function leftLine({ cases, parts }: Day): string {
  const views = [...cases, ...parts].map(({ view }) => view);
  const count = (fits: (view: StaffView) => boolean): number => views.filter(fits).length;
  const isOpen = ({ endedAt }: StaffView): boolean => endedAt === undefined;
  const hasSaid = (view: StaffView, what: ClockEvent['does']): boolean =>
    clockEventsOf(view).some(
      ({ clock, does, hasOccurred }) =>
        does === what && hasOccurred && view.clocks[clock]?.stoppedAt === undefined,
    );
  const left: [string, number][] = [
    ['挂起 suspended', count(({ suspension }) => suspension !== undefined)],
    ['延期待批 extensions requested', count(({ extension }) => extension !== undefined)],
    ['协办中 subtasks open', count((view) => view.parent !== undefined && isOpen(view))],
    ['待回访 follow-up calls due', count(({ followUp }) => followUp !== undefined)],
    ['超时 overdue', count((view) => hasSaid(view, 'breach'))],
    ['已提级 escalated', count((view) => hasSaid(view, 'escalate'))],
  ];
  return `留待处理 left to do: ${left.map(([words, amount]) => `${words} ${amount}`).join('，')}`;
}

/** The report with the most eventful clock, and its clock account. */
function shownLines(cases: readonly Case[]): string[] {
  const shown = cases.find(({ plan }) => plan.fate.isShown);
  const account = shown?.view.accounts.find(({ clock }) => clock === 'resolve');
  if (!shown || !account) return [];
  return [
    '',
    `挂起、延期并重办过 put on hold, extended and reopened: ${shown.number}`,
    '在工作台看它的计时说明 / see its clock account at the desk:',
    ...account.lines.map(({ zh, en }) => `  ${zh} / ${en}`),
  ];
}

/** Milliseconds until seven in the morning of the next working day that is followed by another one. */
function untilWorkingDay(city: City, now: string): number {
  const dawn = untilTimeOfDay(now, city.timeZone, sevenInTheMorning);
  if (city.calendars.length === 0) return dawn;
  const calendar = calendarOf(city, undefined);
  const isWorked = (day: number): boolean => {
    const begins = Date.parse(now) + dawn + day * dayLength;
    return calendar.between(begins, begins + dayLength) > 0;
  };
  for (let day = 0; day < maxSpanDays / 2; day += 1)
    if (isWorked(day) && isWorked(day + 1)) return dawn + day * dayLength;
  return dawn;
}

function share({ right, all }: { right: number; all: number }): string {
  return all === 0 ? '-' : `${right} / ${all} (${((right / all) * 100).toFixed(0)} %)`;
}

function later(instant: string, days: number): string {
  return new Date(Date.parse(instant) + days * dayLength).toISOString();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

// The reader of a pipe (`| head`) may close it early.
process.stdout.on('error', () => process.exit(1));

const read = readOptions(process.argv.slice(2), process.env);
if (!read.ok) {
  if (read.problem) print(`参数不对 / wrong option: ${read.problem}\n`);
  print(usage);
  process.exitCode = read.help ? 0 : 2;
} else {
  try {
    process.exitCode = (await demo(read.options)) ? 0 : 1;
  } catch (error) {
    if (error instanceof Unreachable) {
      const { url } = read.options;
      if (error.isNotLocal) {
        print(`${url} 不是本机实例（没有 /local/clock），演示需要能拨动时钟的本机实例。`);
        print(`${url} is not an instance on one machine: the demo needs one whose clock it can move.`);
      } else {
        print(`${url} 没有应答。请先在另一个终端运行 npm start，就绪后再运行 npm run demo。`);
        print(
          `Nothing answers at ${url}. Run "npm start" in another terminal, and "npm run demo" once it is ready.`,
        );
      }
    } else {
      print(`\n演示中断 / the demo stopped: ${reasonOf(error)}`);
      if (error instanceof Error && process.env['DEBUG']) print(error.stack ?? '');
    }
    process.exitCode = 1;
  }
}
