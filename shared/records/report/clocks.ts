import type { City, Priority, Target } from '../../config/city.ts';
import {
  clockNames,
  computeClock,
  dueAction,
  instantAfter,
  resumed,
  secondsBetween,
  termsOf,
  type Clock,
  type ClockName,
  type ClockStart,
  type ClockTerms,
} from '../../kernel/clocks/sla.ts';
import type { Timer } from '../../kernel/kind.ts';
import { dueActionOf, isOnTime } from './clock-state.ts';
import { rowKeys, currentPriority } from './facts.ts';
import type { Report, ReportHistory } from './model.ts';
import { targetsFor } from './routing.ts';

/** How decisions affect the two clocks of a report. */

/** After this many reminders an alert only stays on the board, so that reminders do not fill the history. */
const mostReminders = 10;

/** The clock with these terms for this report. */
export function clockOf(
  { state, context }: ReportHistory,
  terms: ClockTerms,
  priority: Priority = state.priority ?? 'normal',
): ClockStart {
  return computeClock(context.city, terms, { priority, path: state.location.path });
}

/**
 * The clocks of an assignment. The clock to acknowledge starts with every department. The clock to resolve is the
 * promise to the resident, so it continues, with its pauses and extensions, when the report changes department or
 * category; only reopening restarts it.
 */
export function clocksFor(
  history: ReportHistory,
  about: { department: string; category: string; priority?: Priority; acknowledgeSince?: string | undefined },
  isRework = false,
): Record<ClockName, ClockStart> {
  const { state: report, context } = history;
  const { city, now } = context;
  const { department, category, acknowledgeSince } = about;
  const priority = about.priority ?? currentPriority({ ...report, category }, city);
  const targets = targetsFor(city, { category, department, path: report.location.path, priority });
  const calendar = calendarName(city, department);
  const target = isRework || report.round > 0 ? targets.rework : targets.resolve;
  const fresh = (startedAt: string): ClockTerms => ({ startedAt, target });
  const resolve = isRework ? fresh(now) : (report.clocks.resolve ?? fresh(report.submittedAt));
  const acknowledge = { startedAt: acknowledgeSince ?? now, target: targets.acknowledge };
  return {
    acknowledge: clockOf(history, withTarget(acknowledge, targets.acknowledge, calendar), priority),
    resolve: clockOf(history, withTarget(resolve, target, calendar), priority),
  };
}

/** The clocks by the current rules, with their starts, pauses and extensions. */
export function recalculatedClocks(
  history: ReportHistory,
  priority: Priority,
): Record<ClockName, ClockStart> {
  const { state: report, context } = history;
  const { city } = context;
  const { department } = rowKeys(report);
  const { category = city.unclearCategory, location, round } = report;
  const targets = targetsFor(city, { category, department, path: location.path, priority });
  const recalculated = (name: ClockName, target: Target): ClockStart => {
    const old = report.clocks[name];
    if (old?.stoppedAt !== undefined) return startOf(old);
    const terms = old ?? { startedAt: report.submittedAt, target };
    return clockOf(history, withTarget(terms, target, calendarName(city, department)), priority);
  };
  return {
    acknowledge: recalculated('acknowledge', targets.acknowledge),
    resolve: recalculated('resolve', round > 0 ? targets.rework : targets.resolve),
  };
}

/** Whether recalculating a clock changed nothing. */
export function isSameClock(clock: Clock | undefined, start: ClockStart): boolean {
  const instants = (each: ClockStart): string =>
    JSON.stringify([each.target, each.warnAt, each.dueAt, each.climbs]);
  return clock !== undefined && (clock.stoppedAt !== undefined || instants(clock) === instants(start));
}

/** The extension that may still be approved, in the target's unit. */
export function extensionLeft(city: City, { target, extensions = [] }: ClockTerms): number {
  const { times, share } = city.extension;
  if (extensions.length >= times) return 0;
  const granted = extensions.reduce((sum, amount) => sum + amount, 0);
  const left = target.amount * share - granted;
  return target.unit === 'working-day' ? Math.floor(left) : left;
}

/** Starting or resolving work acknowledges it. */
export function acknowledgeFirst(history: ReportHistory): ReportHistory {
  const { state: report, context } = history;
  if (report.acknowledgedAt !== undefined) return history;
  const withinTarget = isOnTime(report, 'acknowledge', context.now);
  return history.add('assignment-acknowledged.v1', { ...rowKeys(report), withinTarget });
}

/** Resolving or reassigning a report ends its suspension. */
export function resumeFirst(history: ReportHistory): ReportHistory {
  const { state: report, context } = history;
  const clock = report.clocks.resolve;
  if (!report.suspension || !clock) return history;
  const resolve = clockOf(history, resumed(termsOf(clock), context.now));
  return history.add('report-resumed.v1', { ...rowKeys(report), clocks: { resolve } });
}

/** Records breaches before now that the sweep has not recorded yet. */
export function emitOverdueBreaches(history: ReportHistory): void {
  for (const name of clockNames)
    if (dueActionOf(history.state, name, history.context.now) === 'breach') emitDue(history, name);
}

/** Records the action that a clock is due for: warning, breach or escalation. */
export function emitDue(history: ReportHistory, name: ClockName): void {
  const { state: report, context } = history;
  const clock = report.clocks[name];
  const action = dueActionOf(report, name, context.now);
  if (!clock || !action) return;
  const about = { ...rowKeys(report), clock: name, dueAt: clock.dueAt };
  const lateSeconds = secondsBetween(clock.dueAt, context.now);
  if (action === 'warn') history.add('clock-warned.v1', about);
  else if (action === 'breach')
    history.add('clock-breached.v1', { ...about, lateSeconds, ...remindAt(history, clock) });
  else {
    const step = clock.climbs?.[clock.climbed ?? 0];
    if (step) history.add('clock-escalated.v1', { ...about, level: step.level, to: step.area, lateSeconds });
  }
}

/** Since when a timer is due: a clock whose warning was skipped is due since its breach. */
export function dueSince(report: Report, { at, does }: Timer, now: string): string {
  const clock = 'clock' in does ? report.clocks[does.clock] : undefined;
  return clock && dueAction(clock, now) === 'breach' ? clock.dueAt : at;
}

/** Reminds those responsible of an alert that nobody has taken over. */
export function remind(history: ReportHistory): void {
  const { state: report } = history;
  const { alert, clocks } = report;
  const name = alert?.clock;
  const clock = name && clocks[name];
  if (!clock) throw new Error(`${report.number}: no clock to remind of`);
  const isLast = (alert.reminders ?? 0) + 1 >= mostReminders;
  history.add('alert-reminded.v1', {
    ...rowKeys(report),
    clock: name,
    dueAt: clock.dueAt,
    ...(isLast ? {} : remindAt(history, clock)),
  });
}

function remindAt({ context: { city, now } }: ReportHistory, { calendar }: Clock): { remindAt?: string } {
  const { remindAfter } = city.supervision;
  return remindAfter ? { remindAt: instantAfter(city, now, remindAfter, calendar) } : {};
}

/** The same terms with another target. Extensions in another unit are dropped: they belong to another target. */
function withTarget(terms: ClockTerms, target: Target, calendar: string | undefined): ClockTerms {
  const { startedAt, pauses, extensions } = terms;
  const keeps = extensions !== undefined && target.unit === terms.target.unit;
  return {
    startedAt,
    target,
    ...(calendar !== undefined && { calendar }),
    ...(pauses !== undefined && { pauses }),
    ...(keeps && { extensions }),
  };
}

/** A clock as it is published in events: without its warnings, breaches and escalations. */
function startOf({ warnAt, dueAt, climbs, ...terms }: Clock): ClockStart {
  return { ...termsOf(terms), warnAt, dueAt, ...(climbs && { climbs }) };
}

function calendarName(city: City, department: string): string | undefined {
  return city.departments.find(({ id }) => id === department)?.calendar ?? city.calendars[0]?.id;
}
