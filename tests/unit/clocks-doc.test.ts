import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCity, priorities, type City, type Target } from '../../shared/config/city.ts';
import { withOfficialDays } from '../../shared/config/official-days.ts';
import { type Command, decide, fold, type Report, timersOf } from '../support/report-domain.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import type { ReportEvent } from '../../events/report.ts';
import {
  clockNames,
  instantAfter,
  progress,
  computeClock,
  type ClockName,
  type ClockTerms,
} from '../../shared/kernel/clocks/sla.ts';
import { city as demoCity } from '../support/city.ts';
import { cellInChinese } from '../support/clocks-in-chinese.ts';
import { admin, leak, resident, submit, system } from '../support/reports.ts';

const read = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
const page = read('clocks.en.md');

/** The page's parts of city files, each in the demo city; the first is the one that the stories are set in. */
const cities = [...page.matchAll(/^```json\n([^]*?)^```/gm)].map(([, text = '']) => {
  const plain = demoCity.categories.map(({ targets: _own, ...category }) => category);
  const part = JSON.parse(text) as Partial<City>;
  const parsed = parseCity({ ...demoCity, targetOverrides: [], categories: plain, ...part });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return withOfficialDays(parsed.city);
});

type Row = Record<string, string>;
type Table = { title: string; rows: Row[] };

/** Every table of a page, with the heading it stands under. */
function tables(text = page): Table[] {
  const found: Table[] = [];
  let title = '';
  let header: string[] | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) title = line.slice(3);
    if (!line.startsWith('|')) header = undefined;
    else {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      if (!header) {
        header = cells;
        found.push({ title, rows: [] });
      } else if (!cells.every((cell) => /^-+$/.test(cell) && cell.length > 1))
        found.at(-1)?.rows.push(Object.fromEntries(header.map((name, i) => [name, cells[i] ?? ''])));
    }
  }
  return found;
}

const isStory = ({ rows }: Table): boolean => rows[0] !== undefined && 'what happens' in rows[0];

describe('docs/clocks.en.md', () => {
  it('has examples', () => {
    expect(tables().length).toBeGreaterThan(10);
    for (const { rows } of tables()) expect(rows.length).toBeGreaterThan(1);
  });

  it('has the same examples in Chinese, in docs/clocks.md', () => {
    const chinese = tables().map(({ rows }) =>
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([column, cell]) => cellInChinese(column, cell))),
      ),
    );
    expect(tables(read('clocks.md')).map(({ rows }) => rows)).toEqual(chinese);
  });

  const single = tables().filter((table) => !isStory(table));
  it.each(
    single.flatMap(({ title, rows }) =>
      rows.map((row) => [title, Object.values(row).join(' | '), row] as const),
    ),
  )('%s: %s', (_title, _text, row) => {
    expect(answered(row)).toEqual(row);
  });

  it.each(
    tables()
      .filter(isStory)
      .map(({ title, rows }, i) => [`${title}, story ${i + 1}`, rows] as const),
  )('%s', (_title, rows) => {
    const story = new Tale(cities[0] ?? demoCity);
    for (const row of rows) {
      const { when = '', 'what happens': what = '', result: then = '', ...others } = row;
      expect(others).toEqual({});
      expect(story.told(when, what, then), `${when} ${what}`).toEqual(then);
    }
  });
});

/** The row as the product answers it: what is given stays, what follows is computed. */
function answered(row: Row): Row {
  const { starts = '', target: length = '', calendar = '', ...others } = row;
  const city = cities.find(({ calendars }) => calendars.some(({ id }) => id === calendar));
  if (!city) throw new Error(`no calendar "${calendar}"`);
  const zone = city.timeZone;
  const { paused = '', extended = '', 'asked at': asked, ...wanted } = others;
  const target = targetOf(length);
  const terms: ClockTerms = {
    startedAt: momentOf(starts, zone),
    target,
    calendar,
    pauses: paused === '' ? [] : paused.split(', ').map((each) => pauseOf(each, zone)),
    extensions: extended === '' ? [] : extended.split(', ').map(Number),
  };
  const clock = computeClock(city, terms, { priority: 'normal', path: submit.location.path });
  const isPlain = paused === '' && extended === '';
  if (isPlain) expect(instantAfter(city, terms.startedAt, target, calendar)).toBe(clock.dueAt);
  const answers: Record<string, () => string> = {
    due: () => momentText(clock.dueAt, zone),
    'due soon': () => momentText(clock.warnAt, zone),
    used: () => spanText(progressAt().used),
    left: () => spanText(progressAt().left),
  };
  const progressAt = (): ReturnType<typeof progress> => progress(city, clock, momentOf(asked ?? '', zone));
  return {
    ...row,
    ...Object.fromEntries(
      Object.keys(wanted).map((column) => {
        const answer = answers[column];
        if (!answer) throw new Error(`no column "${column}" is understood`);
        return [column, answer()];
      }),
    ),
  };
}

/** A report at the demo city's estate, described line by line. */
class Tale {
  #city: City;
  #events: ReportEvent[] = [];

  constructor(city: City) {
    this.#city = city;
  }

  /** Applies an event; returns the resulting clock actions in the page's words, as far as `then` asks for them. */
  told(when: string, what: string, then: string): string {
    const now = momentOf(when, this.#city.timeZone);
    const [command, actor] = this.#commandOf(what, now);
    const before = this.#events.length > 0 ? fold(this.#events) : undefined;
    const decision = decide(before, command, { now, actor, city: this.#city });
    if (!decision.ok) return `refused: ${decision.refusal.kind}`;
    this.#events.push(...decision.events);
    const report = fold(this.#events);
    const said = decision.events.flatMap((event) => sayingOf(event));
    const asked = then.split('; ').filter((item) => item !== '' && !isSaying(item));
    return [...said, ...asked.map((item) => this.#answer(item, report, now))].join('; ');
  }

  #commandOf(what: string, now: string): [Command, Actor] {
    const city = this.#city;
    const text = '情况如此';
    const [, verb = what, rest = ''] =
      /^(classify as|put on hold for|transfer to|set the priority to|request an extension of|apply new rules:|a ticket that started) (.+)$/.exec(
        what,
      ) ?? [];
    switch (verb) {
      case 'submitted':
        return [{ ...submit, description: '请来看看' }, resident];
      case 'classify as':
        return this.#events.length === 1
          ? [{ ...leak, category: rest }, system('classify')]
          : [{ type: 'classify', category: rest }, admin];
      case 'acknowledge':
        return [{ type: 'acknowledge' }, admin];
      case 'put on hold':
        return [{ type: 'suspend', waitingFor: 'other', text }, admin];
      case 'put on hold for':
        expect(rest).toBe('the resident');
        return [{ type: 'suspend', waitingFor: 'resident', text }, admin];
      case 'the resident adds a note':
        return [{ type: 'note', text, photos: [], audience: 'everyone' }, resident];
      case 'request an extension of':
        expect(rest).toMatch(/^\d+$/);
        return [{ type: 'extend', amount: parseInt(rest, 10), reason: text }, admin];
      case 'approve the extension':
        return [{ type: 'grant' }, admin];
      case 'transfer to':
        return [{ type: 'transfer', department: rest, reason: text }, admin];
      case 'set the priority to': {
        const priority = priorities.find((each) => each === rest);
        if (!priority) throw new Error(`no priority "${rest}"`);
        return [{ type: 'prioritise', priority, reason: text }, admin];
      }
      case 'apply new rules:': {
        const [, name = '', amount = ''] = /^(\w+), resolve in (.+)$/.exec(rest) ?? [];
        const priority = priorities.find((each) => each === name);
        if (!priority) throw new Error(`no priority "${name}"`);
        const targets = { ...city.targets[priority], resolve: targetOf(amount) };
        this.#city = { ...city, targets: { ...city.targets, [priority]: targets } };
        return [{ type: 'apply-policy' }, admin];
      }
      case 'a ticket that started': {
        const [, since = ''] = /^(.+) is merged into it$/.exec(rest) ?? [];
        const { resolve: mine } = fold(this.#events).clocks;
        if (!mine) throw new Error('nothing is promised yet');
        const { target, calendar } = mine;
        const startedAt = momentOf(since, city.timeZone);
        const clock = computeClock(
          city,
          { startedAt, target, calendar },
          { priority: 'normal', path: submit.location.path },
        );
        return [{ type: 'join', number: `YT-261120-${startedAt}`, followers: [], clock }, system('desk')];
      }
      case 'merge into another':
        return [{ type: 'merge', into: 'YT-261120-000025' }, admin];
      case 'resolve':
        return [{ type: 'resolve', text, photos: [] }, admin];
      case 'reopen':
        return [{ type: 'reopen', reason: text }, admin];
      case 'sweep runs':
        return [{ type: 'fire-timers' }, system('sweep')];
      default:
        throw new Error(`"${what}" at ${now} is not understood`);
    }
  }

  /** The item of the page as it is in truth. */
  #answer(item: string, report: Report, now: string): string {
    const zone = this.#city.timeZone;
    if (item === 'no timer' || item.startsWith('next timer ')) {
      // The clocks are done when only erasures are scheduled.
      const next = timersOf(report)
        .filter(({ does }) => does.kind !== 'erase')
        .map(({ at }) => at)
        .sort()[0];
      return next === undefined ? 'no timer' : `next timer ${momentText(next, zone)}`;
    }
    const name = clockNames.find((each) => item.startsWith(`${each} `));
    const clock = name && report.clocks[name];
    if (!clock) throw new Error(`"${item}" is not understood`);
    const rest = item.slice(name.length + 1);
    if (rest.startsWith('due soon ')) return `${name} due soon ${momentText(clock.warnAt, zone)}`;
    if (rest.startsWith('due ')) return `${name} due ${momentText(clock.dueAt, zone)}`;
    if (rest.includes(' used, ')) {
      const { used, left } = progress(this.#city, clock, now);
      return `${name} ${spanText(used)} used, ${spanText(left)} left`;
    }
    throw new Error(`"${item}" is not understood`);
  }
}

/** The clock action of an event, in the page's words. */
function sayingOf(event: ReportEvent): string[] {
  const say = (clock: ClockName, what: string): string[] => [`record ${clock} ${what}`];
  switch (event.type) {
    case 'clock-warned.v1':
      return say(event.data.clock, 'due soon');
    case 'clock-breached.v1':
      return say(event.data.clock, 'overdue');
    case 'clock-escalated.v1':
      return say(event.data.clock, `escalated to ${event.data.to}`);
    case 'report-resumed.v1':
      return ['resumed'];
    case 'report-closed.v1':
      return ['closed'];
    default:
      return [];
  }
}

function isSaying(item: string): boolean {
  return /^(resumed|closed|refused: .*|record .*)$/.test(item);
}

function targetOf(text: string): Target {
  const [, amount = '', unit = ''] = /^(\d+) (minute|hour|working hour|working day)s?$/.exec(text) ?? [];
  const units: Record<string, Target['unit']> = {
    minute: 'minute',
    hour: 'hour',
    'working hour': 'working-hour',
    'working day': 'working-day',
  };
  const known = units[unit];
  if (!known) throw new Error(`"${text}" is no target`);
  return { amount: Number(amount), unit: known };
}

/** `Fri 2026-11-20 10:00 to Mon 2026-11-23 08:30`, or `since …` for one that has not ended. */
function pauseOf(text: string, zone: string): { from: string; to?: string } {
  if (text.startsWith('since ')) return { from: momentOf(text.slice(6), zone) };
  const [from = '', to = ''] = text.split(' to ');
  return { from: momentOf(from, zone), to: momentOf(to, zone) };
}

/** The one instant at which the clocks of the zone show that. */
function momentOf(text: string, zone: string): string {
  const [, date = '', time = ''] = /^\w{3} (\d{4}-\d\d-\d\d) (\d\d:\d\d)$/.exec(text) ?? [];
  const quarters = Array.from({ length: 2 * 14 * 4 + 1 }, (_, i) => i - 14 * 4);
  const shown = quarters
    .map((quarter) => Date.parse(`${date}T${time}Z`) + quarter * 900_000)
    .filter((instant) => !Number.isNaN(instant))
    .map((instant) => new Date(instant).toISOString())
    .filter((instant) => momentText(instant, zone) === text);
  const [only, second] = shown;
  if (only === undefined || second !== undefined)
    throw new Error(`"${text}" is no moment in ${zone}, or two`);
  return only;
}

function momentText(instant: string, zone: string): string {
  const [days, times] = writersOf(zone);
  const date = new Date(instant);
  return `${days.format(date)} ${times.format(date).replace(/:00$/, '')}`;
}

const writers = new Map<string, [Intl.DateTimeFormat, Intl.DateTimeFormat]>();

function writersOf(timeZone: string): [days: Intl.DateTimeFormat, times: Intl.DateTimeFormat] {
  const made = writers.get(timeZone) ?? [
    new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short' }),
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }),
  ];
  writers.set(timeZone, made);
  return made;
}

/** `1 h 30 min`, and `over` for less than nothing. */
function spanText(milliseconds: number): string {
  const minutes = Math.abs(milliseconds) / 60_000;
  const parts = [
    [Math.floor(minutes / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const;
  const words = parts.flatMap(([amount, unit]) => (amount > 0 ? [`${amount} ${unit}`] : []));
  return [...(words.length > 0 ? words : ['0 h']), ...(milliseconds < 0 ? ['over'] : [])].join(' ');
}
