import { describe, it } from 'vitest';
import * as z from 'zod';
import { text, type HasText } from '../../events/envelope.ts';
import { reportEvents } from '../../events/report.ts';
import { staffOnly } from '../../shared/kernel/audiences.ts';
import { decide } from '../../shared/kernel/decide.ts';
import type {
  AnyKind,
  CommandOf,
  Context,
  EventRule,
  EventRules,
  Refusals,
} from '../../shared/kernel/kind.ts';
import type { NoticeRules } from '../../shared/kernel/notices.ts';
import type { Timeline } from '../../shared/kernel/timeline.ts';
import type { Views } from '../../shared/kernel/views.ts';
import { endingEvents } from '../../shared/records/report/events/ending.ts';
import { reportEventRules } from '../../shared/records/report/events/index.ts';
import { intakeEvents } from '../../shared/records/report/events/intake.ts';
import { workEvents } from '../../shared/records/report/events/work.ts';
import { report, type ReportKind } from '../../shared/records/report/kind.ts';
import type { ReportHistory, ReportModel } from '../../shared/records/report/model.ts';
import { reportNotices } from '../../shared/records/report/notices.ts';
import { refusals } from '../../shared/records/report/refusals.ts';
import { timeline } from '../../shared/records/report/timeline.ts';
import { reportViews } from '../../shared/records/report/views.ts';
import {
  smallCommand,
  smallCommands,
  smallEvents,
  smallKind,
  smallNotices,
  smallOpening,
  smallRefusals,
  smallTimeline,
  type SmallKind,
  type SmallModel,
} from '../support/small-kind.ts';

/**
 * What must not compile. Each rule is first accepted as it is, and then without one property, so the expected error
 * can only be about that property. `tsc` reports an unused expectation when the error is missing.
 */

const takes = <T>(value: T): T => value;
/** For calls that are compiled and not made. */
const compiles = (never: unknown): unknown => never;

function without<T extends object, Name extends keyof T>(whole: T, name: Name): Omit<T, Name> {
  const { [name]: _, ...rest } = whole;
  return rest;
}

const { open, shut } = smallCommands;
const opened = smallEvents['opened.v1'];
const shutting = smallEvents['shut.v1'];
const optional = smallEvents['optional-text.v1'];
const nested = smallEvents['nested-text.v1'];
const listed = smallEvents['listed-text.v1'];
const deep = smallEvents['deep-text.v1'];
const submitted = intakeEvents['report-submitted.v1'];
const resolved = workEvents['report-resolved.v1'];
const rated = endingEvents['report-rated.v1'];
const started = workEvents['work-started.v1'];

type Of<T extends keyof SmallModel['contracts']> = EventRule<SmallModel, T>;
type OfReport<T extends keyof ReportModel['contracts']> = EventRule<ReportModel, T>;

describe('the rule of an event', () => {
  it('must have visibleTo', () => {
    takes<Of<'opened.v1'>>(opened);
    // @ts-expect-error no visibleTo
    takes<Of<'opened.v1'>>(without(opened, 'visibleTo'));
    takes<Of<'shut.v1'>>(shutting);
    // @ts-expect-error no visibleTo, though it says who may read its text
    takes<Of<'shut.v1'>>(without(shutting, 'visibleTo'));
    takes<OfReport<'work-started.v1'>>(started);
    // @ts-expect-error no visibleTo, in a report
    takes<OfReport<'work-started.v1'>>(without(started, 'visibleTo'));
  });

  it('names existing audiences', () => {
    takes<Of<'opened.v1'>>({ ...opened, visibleTo: ['public'] });
    // @ts-expect-error no such audience
    takes<Of<'opened.v1'>>({ ...opened, visibleTo: ['neighbour'] });
    takes<Of<'shut.v1'>>({ ...shutting, textVisibleTo: ({ data }) => (data.reason === '' ? [] : ['staff']) });
    // @ts-expect-error no such audience, by the event
    takes<Of<'shut.v1'>>({ ...shutting, textVisibleTo: () => ['neighbour'] });
  });

  it('must have textVisibleTo, wherever the contract has text', () => {
    // @ts-expect-error no textVisibleTo, and text
    takes<Of<'shut.v1'>>(without(shutting, 'textVisibleTo'));
    takes<Of<'optional-text.v1'>>(optional);
    // @ts-expect-error no textVisibleTo, and optional text
    takes<Of<'optional-text.v1'>>(without(optional, 'textVisibleTo'));
    takes<Of<'nested-text.v1'>>(nested);
    // @ts-expect-error no textVisibleTo, and text in an object
    takes<Of<'nested-text.v1'>>(without(nested, 'textVisibleTo'));
    takes<Of<'listed-text.v1'>>(listed);
    // @ts-expect-error no textVisibleTo, and text in a list
    takes<Of<'listed-text.v1'>>(without(listed, 'textVisibleTo'));
    takes<Of<'deep-text.v1'>>(deep);
    // @ts-expect-error no textVisibleTo, and optional text in an object in a list
    takes<Of<'deep-text.v1'>>(without(deep, 'textVisibleTo'));
  });

  it('must have textVisibleTo, in a report', () => {
    takes<OfReport<'report-submitted.v1'>>(submitted);
    // @ts-expect-error no textVisibleTo: description, address, what is asked of a part
    takes<OfReport<'report-submitted.v1'>>(without(submitted, 'textVisibleTo'));
    takes<OfReport<'report-resolved.v1'>>(resolved);
    // @ts-expect-error no textVisibleTo: text, override
    takes<OfReport<'report-resolved.v1'>>(without(resolved, 'textVisibleTo'));
    takes<OfReport<'report-rated.v1'>>(rated);
    // @ts-expect-error no textVisibleTo: an optional comment
    takes<OfReport<'report-rated.v1'>>(without(rated, 'textVisibleTo'));
  });

  it('has no textVisibleTo without text', () => {
    // @ts-expect-error textVisibleTo, and no text
    takes<Of<'opened.v1'>>({ ...opened, textVisibleTo: staffOnly });
    // @ts-expect-error textVisibleTo, and no text, in a report
    takes<OfReport<'work-started.v1'>>({ ...started, textVisibleTo: staffOnly });
  });

  it('redacts into the same shape', () => {
    // @ts-expect-error it has no redact
    takes<Of<'opened.v1'>>(without(opened, 'redact'));
    // @ts-expect-error no redact, and text
    takes<Of<'shut.v1'>>(without(shutting, 'redact'));
    takes<Of<'shut.v1'>>({ ...shutting, redact: () => ({ reason: '' }) });
    // @ts-expect-error the data after redact lack a field
    takes<Of<'shut.v1'>>({ ...shutting, redact: () => ({}) });
  });

  it('must have background', () => {
    // @ts-expect-error no background
    takes<Of<'opened.v1'>>(without(opened, 'background'));
    // @ts-expect-error no background, in a report
    takes<OfReport<'work-started.v1'>>(without(started, 'background'));
  });

  it('must have evolve or open', () => {
    // @ts-expect-error neither open nor evolve
    takes<Of<'opened.v1'>>(without(opened, 'open'));
    // @ts-expect-error neither open nor evolve
    takes<Of<'shut.v1'>>(without(shutting, 'evolve'));
  });

  it('exists for every event of the contracts', () => {
    takes<EventRules<SmallModel>>(smallEvents);
    // @ts-expect-error no opened.v1
    takes<EventRules<SmallModel>>(without(smallEvents, 'opened.v1'));
    takes<EventRules<ReportModel>>(reportEventRules);
    // @ts-expect-error no note-added.v1
    takes<EventRules<ReportModel>>(without(reportEventRules, 'note-added.v1'));
    // @ts-expect-error no photos-processed.v1, whose contract is common to kinds
    takes<EventRules<ReportModel>>(without(reportEventRules, 'photos-processed.v1'));
    // @ts-expect-error a rule of no event
    takes<EventRules<SmallModel>>({ ...smallEvents, 'gone.v1': opened });
  });
});

describe('text in a contract', () => {
  it('is found by its mark', () => {
    const _worded = z.object({ a: z.object({ b: z.array(text).readonly().optional() }) });
    takes<HasText<typeof _worded>>(true);
    // @ts-expect-error it has text
    takes<HasText<typeof _worded>>(false);
    takes<HasText<(typeof reportEvents)['report-submitted.v1']>>(true);
    takes<HasText<(typeof reportEvents)['work-started.v1']>>(false);
    const _plain = z.object({ a: z.string(), b: z.array(z.string()) });
    takes<HasText<typeof _plain>>(false);
    // @ts-expect-error a string without the mark is no text
    takes<HasText<typeof _plain>>(true);
  });
});

describe('the rule of a command', () => {
  it('must have grants, states and fields', () => {
    smallCommand(shut);
    // @ts-expect-error it has no by
    smallCommand(without(shut, 'by'));
    // @ts-expect-error it has no from
    smallCommand(without(shut, 'from'));
    // @ts-expect-error it has no to
    smallCommand(without(shut, 'to'));
    // @ts-expect-error it has no fields
    smallCommand(without(shut, 'fields'));
    // @ts-expect-error it has no run
    smallCommand(without(shut, 'run'));
  });

  it('names existing grants', () => {
    smallCommand({ ...shut, by: ['holder', 'resident', 'system'] });
    // @ts-expect-error no such grant
    smallCommand({ ...shut, by: ['holder', 'neighbour'] });
    // @ts-expect-error a role is no grant
    smallCommand({ ...shut, by: ['manager'] });
  });

  it('names existing states', () => {
    smallCommand({ ...shut, from: ['open', 'shut'], to: ['same'] });
    // @ts-expect-error no such state to come from
    smallCommand({ ...shut, from: ['resolved'] });
    // @ts-expect-error no such state to go to
    smallCommand({ ...shut, to: ['resolved'] });
    // @ts-expect-error a record cannot be in the state `same`
    smallCommand({ ...shut, from: ['same'] });
    // @ts-expect-error no such state in a further move
    smallCommand({ ...shut, also: [{ from: ['open'], to: ['resolved'] }] });
  });

  it('needs only personal data', () => {
    smallCommand({ ...shut, needs: 'contact' });
    // @ts-expect-error no such part
    smallCommand({ ...shut, needs: 'name' });
  });

  it('that opens a record must have grants and an access scope', () => {
    smallOpening(open);
    // @ts-expect-error it has no by
    smallOpening(without(open, 'by'));
    // @ts-expect-error it has no fields
    smallOpening(without(open, 'fields'));
    // @ts-expect-error no accessScope
    smallOpening(without(open, 'accessScope'));
    // @ts-expect-error it has no opens
    smallOpening(without(open, 'opens'));
  });
});

describe('a kind', () => {
  it('is complete', () => {
    takes<SmallKind>(smallKind);
    takes<AnyKind>(smallKind);
    takes<AnyKind>(report);
    // @ts-expect-error it has no events
    takes<SmallKind>(without(smallKind, 'events'));
    // @ts-expect-error no refusals
    takes<SmallKind>(without(smallKind, 'refusals'));
    // @ts-expect-error no accessScope: who may see a record follows from it
    takes<SmallKind>(without(smallKind, 'accessScope'));
  });

  it('has a timeline text for every event', () => {
    takes<Timeline<SmallModel>>(smallTimeline);
    // @ts-expect-error no line for shut.v1
    takes<Timeline<SmallModel>>(without(smallTimeline, 'shut.v1'));
    takes<Timeline<ReportModel>>(timeline);
    // @ts-expect-error no line for report-rated.v1
    takes<Timeline<ReportModel>>(without(timeline, 'report-rated.v1'));
    // @ts-expect-error a line for no event
    takes<Timeline<SmallModel>>({ ...smallTimeline, 'gone.v1': () => ({ zh: '无', en: 'None' }) });
    // @ts-expect-error a line in one language
    takes<Timeline<SmallModel>>({ ...smallTimeline, 'shut.v1': () => ({ zh: '无' }) });
  });

  it('has details for every refusal of its own', () => {
    takes<Refusals<SmallModel>>(smallRefusals);
    // @ts-expect-error no details for too-late
    takes<Refusals<SmallModel>>(without(smallRefusals, 'too-late'));
    takes<Refusals<ReportModel>>(refusals);
    // @ts-expect-error no details for rating-final
    takes<Refusals<ReportModel>>(without(refusals, 'rating-final'));
  });

  it('has notices of existing events only', () => {
    takes<NoticeRules<SmallModel>>(smallNotices);
    takes<NoticeRules<ReportModel>>(reportNotices);
    takes<NoticeRules<SmallModel>['notices']>({ 'opened.v1': () => [] });
    // @ts-expect-error a notice of no event
    takes<NoticeRules<SmallModel>['notices']>({ 'gone.v1': () => [] });
    takes<NoticeRules<SmallModel>['digestLines']>({ 'opened.v1': () => [] });
    // @ts-expect-error a line of a digest of no event
    takes<NoticeRules<SmallModel>['digestLines']>({ 'gone.v1': () => [] });
    // @ts-expect-error does not say who follows a record
    takes<NoticeRules<SmallModel>>(without(smallNotices, 'followers'));
  });

  it('has a view for each audience that opens a record', () => {
    takes<Views<ReportModel>>(reportViews);
    // @ts-expect-error no view for followers
    takes<Views<ReportModel>>(without(reportViews, 'forFollower'));
  });
});

describe('a decision', () => {
  const context = {} as Context;

  it('takes a command of the kind', () => {
    takes<CommandOf<SmallKind>>({ type: 'shut', reason: '已处理' });
    compiles(() => decide(smallKind, undefined, { type: 'shut', reason: '已处理' }, context));
    // @ts-expect-error no such command
    compiles(() => decide(smallKind, undefined, { type: 'resolve', text: '已处理' }, context));
    // @ts-expect-error no such command
    takes<CommandOf<ReportKind>>({ type: 'shut', reason: '已处理' });
  });

  it('takes a command with its fields', () => {
    compiles(() => decide(report, undefined, { type: 'reject', reason: '不在本区' }, context));
    // @ts-expect-error the reason is no number
    compiles(() => decide(report, undefined, { type: 'reject', reason: 1 }, context));
    // @ts-expect-error it has no reason
    compiles(() => decide(report, undefined, { type: 'reject' }, context));
    // @ts-expect-error a field too many
    compiles(() => decide(report, undefined, { type: 'start', reason: '已处理' }, context));
    // @ts-expect-error no such priority
    compiles(() => decide(report, undefined, { type: 'prioritise', priority: 'low', reason: '急' }, context));
    // @ts-expect-error an opening command's fields
    compiles(() => decide(smallKind, undefined, { type: 'open', number: 'YT-S261120-000017' }, context));
  });

  it('adds events with their data', () => {
    compiles((history: ReportHistory) => {
      history.add('note-added.v1', { text: '已联系', photos: [], audience: 'staff' });
      // @ts-expect-error no such event
      history.add('note-removed.v1', { text: '已联系' });
      // @ts-expect-error the text is no number
      history.add('note-added.v1', { text: 1, photos: [], audience: 'staff' });
      // @ts-expect-error it has no text
      history.add('note-added.v1', { photos: [], audience: 'staff' });
      // @ts-expect-error no such audience
      history.add('note-added.v1', { text: '已联系', photos: [], audience: 'public' });
      // @ts-expect-error a field too many
      history.add('note-added.v1', { text: '已联系', photos: [], audience: 'staff', phone: '' });
      // @ts-expect-error the data of another event
      history.add('link-renewed.v1', { reason: '链接泄露' });
    });
  });
});
