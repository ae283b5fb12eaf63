import * as z from 'zod';
import { id, text, type EventOf } from '../../events/envelope.ts';
import { allInvolved, staffOnly } from '../../shared/kernel/audiences.ts';
import { noText, redactText } from '../../shared/kernel/erasure.ts';
import { reasonField } from '../../shared/kernel/fields.ts';
import {
  commandRule,
  openingRule,
  type EventRules,
  type RecordBase,
  type RecordKind,
  type Refusals,
  type SummaryBase,
} from '../../shared/kernel/kind.ts';
import type { NoticeRules } from '../../shared/kernel/notices.ts';
import type { Timeline } from '../../shared/kernel/timeline.ts';

/** A minimal kind of record with one rule of each sort, for tests of the kernel. */

const contracts = {
  'opened.v1': z.object({ area: id }),
  'shut.v1': z.object({ reason: text }),
  /** Text in each position that a contract may have it in. */
  'optional-text.v1': z.object({ words: text.optional() }),
  'nested-text.v1': z.object({ place: z.object({ door: text }) }),
  'listed-text.v1': z.object({ lines: z.array(text) }),
  'deep-text.v1': z.object({ items: z.array(z.object({ note: text.optional() })).readonly() }),
} as const;

export type SmallModel = {
  record: RecordBase & { state: 'open' | 'shut'; isDone?: boolean };
  contracts: typeof contracts;
  event: EventOf<typeof contracts>;
  refusal: { kind: 'too-late'; by: number };
  summary: SummaryBase;
};
type Small = SmallModel['record'];

const same = (record: Small): Small => record;

export const smallEvents = {
  'opened.v1': {
    visibleTo: allInvolved,
    background: false,
    redact: noText,
    open: ({ number, sequence, occurredAt }): Omit<Small, 'storedBytes'> => ({
      number,
      version: sequence,
      touched: sequence,
      state: 'open',
      updatedAt: occurredAt,
      submittedAt: occurredAt,
      photos: [],
    }),
  },
  'shut.v1': {
    visibleTo: allInvolved,
    textVisibleTo: staffOnly,
    background: false,
    redact: redactText('reason'),
    evolve: (record): Small => ({ ...record, state: 'shut' }),
  },
  'optional-text.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    redact: redactText('words'),
    evolve: same,
  },
  'nested-text.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    redact: () => ({ place: { door: '' } }),
    evolve: same,
  },
  'listed-text.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    redact: () => ({ lines: [] }),
    evolve: same,
  },
  'deep-text.v1': {
    visibleTo: staffOnly,
    textVisibleTo: staffOnly,
    background: true,
    redact: () => ({ items: [] }),
    evolve: same,
  },
} satisfies EventRules<SmallModel>;

export const smallCommand = commandRule<SmallModel>();
export const smallOpening = openingRule<SmallModel>();

export const smallCommands = {
  open: smallOpening({
    opens: true,
    fields: { number: z.string(), area: z.string() },
    by: ['resident'],
    accessScope: ({ area }) => ({ path: [area] }),
    run: (history, { area }) => history.add('opened.v1', { area }).decision(),
  }),
  shut: smallCommand({
    fields: { reason: reasonField },
    by: ['resident'],
    from: ['open'],
    to: ['shut'],
    needs: 'text',
    notOnPart: true,
    isDone: ({ isDone }) => isDone === true,
    run: (history, { reason }) => history.add('shut.v1', { reason }).decision(),
  }),
} as const;

export const smallTimeline: Timeline<SmallModel> = {
  'opened.v1': () => ({ zh: '已开启', en: 'Opened' }),
  'shut.v1': ({ data }) => ({ zh: '已关闭', en: 'Shut', words: data.reason }),
  'optional-text.v1': ({ data }) => ({ zh: '一', en: 'One', words: data.words }),
  'nested-text.v1': ({ data }) => ({ zh: '二', en: 'Two', words: data.place.door }),
  'listed-text.v1': ({ data }) => ({ zh: '三', en: 'Three', words: data.lines.join() }),
  'deep-text.v1': ({ data }) => ({ zh: '四', en: 'Four', words: data.items[0]?.note }),
};

export const smallRefusals: Refusals<SmallModel> = { 'too-late': ({ by }) => ({ extra: { by } }) };

export const smallNotices: NoticeRules<SmallModel> = {
  notices: {
    'shut.v1': () => [{ to: 'party', subject: { zh: '已关闭', en: 'Shut' }, text: { zh: '无', en: 'None' } }],
  },
  digestLines: {},
  followers: () => [],
};

export type SmallKind = RecordKind<SmallModel, typeof smallCommands>;
export const smallKind: SmallKind = {
  name: 'small',
  letter: 'S',
  states: { open: { zh: '开', en: 'Open' }, shut: { zh: '关', en: 'Shut' } },
  lastStates: ['shut'],
  contracts,
  events: smallEvents,
  commands: smallCommands,
  followUps: {},
  countsOf: () => [],
  refusals: smallRefusals,
  accessScope: () => ({ path: [] }),
  timers: () => [],
  fire: () => undefined,
  indexes: ({ number, state, submittedAt }) => ({ summary: { number, state, submittedAt, area: '' } }),
};
