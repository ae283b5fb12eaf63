import type { FigureName } from '../../../shared/domain/figures.ts';
import type { ClockView, Entry, StaffView } from './answers.ts';

/**
 * The demo's own books: what it did, and what each answer said of it, counted without a look at how the product
 * counts. Figures carry the product's names, so that the columns can be laid beside each other.
 */
export type Dimension = 'area' | 'department' | 'category';
export type Figures = Partial<Record<FigureName, number>>;
export type Rows = Map<string, Figures>;
/** Breaches are one figure to the product; here they are also told apart. */
export type Breaches = { acknowledge: number; resolve: number };
export type AllRows = Record<Dimension, Rows>;

export function noRows(): AllRows {
  return { area: new Map(), department: new Map(), category: new Map() };
}

export type Totals = { figures: Figures; breaches: Breaches };

export type About = { department?: string | undefined; category?: string | undefined; area: string };

export class Book {
  readonly rows = noRows();
  readonly breaches: Breaches = { acknowledge: 0, resolve: 0 };

  add(about: About, figures: Figures): void {
    addAbout(this.rows, about, figures);
  }

  get totals(): Totals {
    return { figures: totalOf(this.rows.area), breaches: { ...this.breaches } };
  }
}

function addAbout(rows: AllRows, about: About, figures: Figures): void {
  for (const dimension of ['area', 'department', 'category'] as const) {
    const key = about[dimension];
    if (key !== undefined) addTo(rows[dimension], key, figures);
  }
}

export function addTo(rows: Rows, key: string, figures: Figures, sign: 1 | -1 = 1): void {
  const row = rows.get(key) ?? {};
  for (const [name, amount] of Object.entries(figures) as [FigureName, number][])
    row[name] = (row[name] ?? 0) + sign * amount;
  rows.set(key, row);
}

export function totalOf(rows: Rows): Figures {
  const total: Rows = new Map();
  for (const figures of rows.values()) addTo(total, 'all', figures);
  return total.get('all') ?? {};
}

/** Where the report stood when something happened to it. */
export function aboutOf(view: StaffView): About {
  return { department: view.department?.id, category: view.category?.code, area: view.location.area };
}

/** What a command did, from the report as it was and as it is. */
export function countCommand(book: Book, type: string, before: StaffView, after: StaffView): void {
  const then = aboutOf(before);
  const now = aboutOf(after);
  switch (type) {
    case 'acknowledge':
      book.add(then, acknowledged(before, after.acknowledgedAt));
      break;
    case 'start':
      if (before.acknowledgedAt === undefined) book.add(then, acknowledged(before, after.acknowledgedAt));
      break;
    case 'classify':
    case 'assign':
      book.add(now, { assigned: 1 });
      break;
    case 'return':
      book.add(then, { returned: 1 });
      break;
    case 'transfer':
      book.add(then, { transferred: 1 });
      book.add(now, { assigned: 1 });
      break;
    case 'resolve': {
      const { at } = after.resolution ?? { at: '' };
      if (before.acknowledgedAt === undefined) book.add(then, acknowledged(before, at));
      const { resolve } = before.clocks;
      const since = Date.parse(resolve?.startedAt ?? before.submittedAt);
      const isInTime = !resolve || at <= resolve.dueAt;
      book.add(then, {
        resolved: 1,
        secondsToResolve: Math.max(0, Math.floor((Date.parse(at) - since) / 1000)),
        ...(isInTime && { resolvedOnTime: 1 }),
      });
      break;
    }
    case 'rate': {
      const score = after.rating?.score ?? 0;
      const about = { ...then, department: before.resolution?.department ?? then.department };
      book.add(about, { rated: 1, scoreSum: score, ...(score >= 3 && { satisfied: 1 }) });
      break;
    }
    case 'reopen':
      book.add(then, { reopened: 1 });
      book.add(now, { assigned: 1 });
      break;
    case 'withdraw':
      book.add(then, { withdrawn: 1 });
      break;
    case 'reject':
      book.add(then, { rejected: 1 });
      break;
    case 'merge':
      book.add(then, { merged: 1 });
      break;
    default:
  }
}

function acknowledged(before: StaffView, at: string | undefined): Figures {
  const clock = before.clocks.acknowledge;
  return { acknowledged: 1, ...((!clock || (at ?? '') <= clock.dueAt) && { acknowledgedOnTime: 1 }) };
}

export type Firing = { clock: 'acknowledge' | 'resolve'; does: 'warn' | 'breach'; key: string };

/** What the report's clocks have to say at an instant and have not said yet. */
export function firingsAt(view: StaffView, now: string): Firing[] {
  const firings: Firing[] = [];
  for (const name of ['acknowledge', 'resolve'] as const) {
    const clock = view.clocks[name];
    if (!clock || clock.stoppedAt !== undefined || clock.breachedAt !== undefined) continue;
    if (Date.parse(clock.dueAt) <= Date.parse(now))
      firings.push({ clock: name, does: 'breach', key: firingKey(name, clock, 'breach') });
    else if (clock.warnedAt === undefined && Date.parse(clock.warnAt) <= Date.parse(now))
      firings.push({ clock: name, does: 'warn', key: firingKey(name, clock, 'warn') });
  }
  return firings;
}

/** A clock that goes on after a change of hands keeps its beginning, and with it its name. */
export function firingKey(name: string, clock: ClockView, does: 'warn' | 'breach'): string {
  return `${name} ${clock.startedAt} ${does}`;
}

/** The instants at which the report's clocks will say something, in milliseconds. */
export function instantsAhead(view: StaffView): number[] {
  return [view.clocks.acknowledge, view.clocks.resolve].flatMap((clock) => {
    if (!clock || clock.stoppedAt !== undefined || clock.breachedAt !== undefined) return [];
    return [Date.parse(clock.dueAt), ...(clock.warnedAt === undefined ? [Date.parse(clock.warnAt)] : [])];
  });
}

/**
 * The same figures from a report's timeline alone, as staff read it. Entries before `from` are passed over.
 * What a timeline does not tell (in time or late, how long it took) is left out.
 */
export function countTimeline(
  rows: AllRows,
  breaches: Breaches,
  view: Pick<StaffView, 'timeline' | 'location' | 'suggestedCategory'>,
  names: Names,
  from = 0,
): void {
  const { area } = view.location;
  let department: string | undefined;
  let category: string | undefined;
  view.timeline.forEach((entry, index) => {
    const { type, text } = entry;
    if (type === 'report-classified.v1') category = categoryNamed(text.zh, names);
    if (type === 'report-assigned.v1' || type === 'report-triaged.v1')
      department = departmentNamed(text.zh, names);
    if (index < from) return;
    const figures = figuresOf(entry);
    if (figures === undefined) return;
    addAbout(
      rows,
      { area, department, category: figures.received ? view.suggestedCategory?.code : category },
      figures,
    );
    if (figures.breached) breaches[text.zh.includes('签收') ? 'acknowledge' : 'resolve'] += 1;
  });
}

export type Names = {
  departments: readonly { id: string; name: { zh: string } }[];
  categories: readonly { code: string; name: { zh: string } }[];
};

/** The department that an entry names; of several names, the longest. */
function departmentNamed(text: string, { departments }: Names): string | undefined {
  return departments
    .filter(({ name }) => text.includes(name.zh))
    .sort((a, b) => b.name.zh.length - a.name.zh.length)[0]?.id;
}

function categoryNamed(text: string, { categories }: Names): string | undefined {
  return categories.find(({ name }) => text === `归类为${name.zh}`)?.code;
}

function figuresOf({ type, actor, text }: Entry): Figures | undefined {
  const bySystem = actor.kind === 'system';
  switch (type) {
    case 'report-submitted.v1':
      return { received: 1 };
    case 'report-triaged.v1':
      return bySystem ? { triaged: 1 } : undefined;
    case 'report-assigned.v1':
      return { assigned: 1, ...(bySystem && { routed: 1 }) };
    case 'assignment-acknowledged.v1':
      return { acknowledged: 1 };
    case 'report-resolved.v1':
      return { resolved: 1 };
    case 'assignment-returned.v1':
      return { returned: 1 };
    case 'assignment-transferred.v1':
      return { transferred: 1 };
    case 'report-reopened.v1':
      return { reopened: 1 };
    case 'report-rated.v1': {
      const score = 5 - ratings.findIndex((rating) => text.zh.endsWith(`：${rating}`));
      return { rated: 1, scoreSum: score, ...(score >= 3 && { satisfied: 1 }) };
    }
    case 'report-withdrawn.v1':
      return { withdrawn: 1 };
    case 'report-rejected.v1':
      return { rejected: 1 };
    case 'report-merged.v1':
      return { merged: 1 };
    case 'clock-warned.v1':
      return { warned: 1 };
    case 'clock-breached.v1':
      return { breached: 1 };
    default:
      return undefined;
  }
}

/** From 5 down to 1. */
const ratings = ['非常满意', '满意', '基本满意', '不满意', '非常不满意'];
