import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { reportEvents } from '../../events/report.ts';
import { formatNumber, partNumber } from '../../shared/kernel/number.ts';
import type { EventType, ReportEvent } from '../support/report-domain.ts';
import { table, type Row } from './table.ts';

/** For each row of the table a report whose last event is the row's, with a word of its own in every text. */

export type Position = { longitude: number; latitude: number; crs: 'wgs84' };
export type Case = {
  row: Row;
  name: string;
  number: string;
  /** The report of a follower: it was merged into this one. */
  follower?: { number: string; events: ReportEvent[] };
  events: ReportEvent[];
  /** The row's event. */
  event: ReportEvent;
  /** The word in each text of it. */
  words: Record<string, string>;
  position: Position;
};

const earlier = '2026-11-20T02:00:00.000Z';
const underTest = '2026-11-20T02:10:00.000Z';

let state = 20261120;
/** The same in every run (mulberry32). */
function random(): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const letters = 'abcdefghijklmnopqrstuvwxyz';
const newWord = (): string =>
  Array.from({ length: 16 }, () => letters.charAt(Math.floor(random() * letters.length))).join('');

type Schema = z.ZodType & { isText?: true };
type Definition = {
  type: string;
  shape?: Record<string, Schema>;
  element?: Schema;
  innerType?: Schema;
};

/** Schemas without schemas in them. */
const leaves = ['string', 'number', 'boolean', 'enum', 'literal'];

/** Calls `found` for each text of a contract. @throws at a schema that it does not know how to look into. */
function walk(schema: Schema, path: string, found: (path: string) => void): void {
  const { type, shape, element, innerType } = schema.def as unknown as Definition;
  if (schema.isText) found(path);
  else if (shape)
    for (const [field, inner] of Object.entries(shape))
      walk(inner, path === '' ? field : `${path}.${field}`, found);
  else if (element) walk(element, `${path}[]`, found);
  // The two that the type `HasText` looks into as well: text in another would need no `textVisibleTo`.
  else if (innerType && ['optional', 'readonly'].includes(type)) walk(innerType, path, found);
  else if (!leaves.includes(type)) throw new Error(`${path}: cannot look for text in a schema ${type}`);
}

/** The texts of an event type, as paths. */
export function textsOf(type: EventType): string[] {
  const paths: string[] = [];
  walk(reportEvents[type], '', (path) => paths.push(path));
  return paths;
}

/** The data with a new word in each text, but in objects that are not there. */
function filled(type: EventType, data: object): { data: object; words: Record<string, string> } {
  const words: Record<string, string> = {};
  return { data: fill(reportEvents[type], data, '', words) as object, words };
}

function fill(schema: Schema, value: unknown, path: string, words: Record<string, string>): unknown {
  const { shape, element, innerType } = schema.def as unknown as Definition;
  if (schema.isText) return (words[path] ??= newWord());
  if (innerType) return fill(innerType, value, path, words);
  if (element && Array.isArray(value)) return value.map((each) => fill(element, each, `${path}[]`, words));
  if (!shape || typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(shape).map(([field, inner]) => {
    const within = path === '' ? field : `${path}.${field}`;
    return [field, fill(inner, (value as Record<string, unknown>)[field], within, words)] as const;
  });
  return Object.fromEntries(fields.filter(([, each]) => each !== undefined));
}

const sampleNumber = 'YT-261120-000017';

function sample(type: EventType, number: string): ReportEvent {
  const file = new URL(`../../events/samples/report/${type}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8').replaceAll(sampleNumber, number)) as ReportEvent;
}

type Step = { type: EventType; at?: string; actor?: ReportEvent['actor'] | undefined; data?: object };

/** Samples of events as one history, each with what is other in it. */
function historyOf(number: string, steps: Step[]): ReportEvent[] {
  return steps.map(({ type, at = earlier, actor, data }, index) => {
    const event = sample(type, number);
    const sequence = index + 1;
    return {
      ...event,
      id: `${number}#${sequence}`,
      number,
      sequence,
      occurredAt: at,
      actor: actor ?? event.actor,
      data: { ...event.data, ...data },
    } as ReportEvent;
  });
}

function caseOf(row: Row, index: number): Case {
  const whole = formatNumber('YT', '261120', 1000 + index);
  const number = row.of === 'part' ? partNumber(whole, 1) : whole;
  const position: Position = { longitude: 116.5 + index * 0.02, latitude: 35.9, crs: 'wgs84' };
  const place = { location: { area: 'tinglan-court', path: ['yunting', 'qilu', 'liuan', 'tinglan-court'] } };
  const submission = { location: { ...place.location, address: '3栋2单元', ...position } };
  const part = { parent: { number: whole, request: '请协助' }, source: 'staff', photos: [] };
  const { data, words } = filled(row.type, {
    ...sample(row.type, number).data,
    ...(row.type === 'report-submitted.v1' && submission),
    ...(row.of === 'part' && part),
    ...row.data,
  });
  const step: Step = { type: row.type, at: underTest, actor: row.actor, data };
  const other = formatNumber('YT', '261120', 2000 + index);
  const begun: Step[] = [
    row.type === 'report-submitted.v1' ? step : { type: 'report-submitted.v1', data: submission },
    { type: 'report-classified.v1' },
    { type: 'report-assigned.v1', data: row.of === 'part' ? { department: 'power' } : {} },
  ];
  const joint: Step[] =
    row.of === 'part'
      ? []
      : [{ type: 'support-requested.v1' }, { type: 'duplicate-joined.v1', data: { number: other } }];
  const steps = [...begun, ...joint, ...(begun.includes(step) ? [] : [step])];
  const events = historyOf(number, steps);
  const event = events[steps.indexOf(step)];
  if (!event) throw new Error('no such event');
  return {
    row,
    name: row.is === undefined ? row.type : `${row.type}, ${row.is}`,
    number,
    events,
    event,
    words,
    position,
    ...(row.of !== 'part' && {
      follower: {
        number: other,
        events: historyOf(other, [
          { type: 'report-submitted.v1' },
          { type: 'report-merged.v1', data: { into: number } },
        ]),
      },
    }),
  };
}

export const cases = table.map(caseOf);
