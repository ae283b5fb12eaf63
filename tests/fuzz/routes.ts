import { commandBody } from '../../shared/http/command-bodies.ts';
import { report } from '../../shared/records/report/kind.ts';
import * as fc from 'fast-check';
import * as z from 'zod';
import type { City } from '../../shared/config/city.ts';
import {
  alertsQuery,
  countsQuery,
  inboxQuery,
  leagueQuery,
  nearbyQuery,
  phoneSearchBody,
  policyBody,
  reportBody,
  statsQuery,
  uploadsBody,
} from '../../shared/http/bodies.ts';
import { valuesOf, type Hint } from './from-schema.ts';
import { smallPhoto } from './small-photo.ts';

/** A route's relative frequency and schemas; its path determines who may call it. */
type Shape = { weight?: number; body?: z.ZodType; query?: z.ZodType };

/** Every route of the template; a test checks that none is missing. */
export const shapes: Record<string, Shape> = {
  'GET /api/city': {},
  'POST /api/uploads': { weight: 3, body: uploadsBody },
  'POST /api/reports': { weight: 10, body: reportBody },
  'GET /api/reports': { weight: 3, query: nearbyQuery },
  'GET /api/reports/{number}': { weight: 3 },
  'POST /api/reports/{number}/commands': { weight: 8, body: commandBody(report, 'resident') },
  'POST /api/reports/{number}/link': { weight: 2, body: z.strictObject({}) },
  'GET /api/desk/me': {},
  'POST /api/desk/uploads': { body: uploadsBody },
  'GET /api/desk/reports': { weight: 4, query: inboxQuery },
  'POST /api/desk/reports': { weight: 3, body: reportBody },
  'GET /api/desk/reports/{number}': { weight: 3 },
  'POST /api/desk/reports/{number}/commands': { weight: 16, body: commandBody(report, 'staff') },
  'GET /api/desk/alerts': { weight: 2, query: alertsQuery },
  'GET /api/desk/counts': { query: countsQuery },
  'POST /api/desk/search': { weight: 3, body: phoneSearchBody },
  'GET /api/desk/stats': { weight: 2, query: statsQuery },
  'GET /api/desk/league': { weight: 2, query: leagueQuery },
  'POST /api/desk/policy': { weight: 1, body: policyBody },
};

/**
 * A value known only when the request is sent, such as the `at`-th report's number, its version or a received cursor.
 * References keep their meaning when a request is shrunk.
 */
export type Reference = {
  known: 'number' | 'version' | 'cursor' | 'photo' | 'phone' | 'words' | 'name';
  at: number;
};

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'known' in value && 'at' in value;
}

const known = (what: Reference['known']): fc.Arbitrary<Reference> =>
  fc.nat(1000).map((at) => ({ known: what, at }));

/** Mostly omitted: JSON and queries leave undefined out. */
const seldom = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, of);

const sentences = [
  '三号楼二单元楼道水管爆裂，一直漏水 🚰',
  '路灯不亮，晚上看不清路',
  'Water is dripping from the ceiling of our garage',
  '樓下燒烤攤油煙很大，晚上十二點還在吵',
  'مصباح الشارع مكسور \u202eabc\u202c',
  `噪音${'\u0301'.repeat(500)}扰民`,
  '👩‍👩‍👧‍👧'.repeat(40),
  '井盖坏了'.repeat(100),
];

const words = (minLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...sentences) },
    fc.string({ unit: 'grapheme', minLength, maxLength: 60 }).map((text) => `水${text}水`),
  );

/** Generators by field name, for values that the schema does not determine. */
function hintOf(city: City): Hint {
  const ids = (list: { id: string }[]): fc.Arbitrary<string> => fc.constantFrom(...list.map(({ id }) => id));
  const [near] = city.areas.flatMap(({ centre }) => (centre ? [centre] : []));
  const around = (middle: number): fc.Arbitrary<number> =>
    fc.integer({ min: -3000, max: 3000 }).map((steps) => Number((middle + steps / 1e5).toFixed(5)));
  const position = { longitude: around(near?.longitude ?? 120), latitude: around(near?.latitude ?? 31) };
  const days = fc
    .integer({ min: -20, max: 20 })
    .map((offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10));
  const hints: Record<string, fc.Arbitrary<unknown>> = {
    area: ids(city.areas),
    department: ids(city.departments),
    departments: fc.uniqueArray(ids(city.departments), { minLength: 1, maxLength: 3 }),
    category: fc.constantFrom(...city.categories.map(({ code }) => code)),
    key: ids(city.departments),
    // Seldom, since these mostly lead to a refusal.
    joins: seldom(known('number')),
    into: known('number'),
    version: known('version'),
    cursor: seldom(known('cursor')),
    photos: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      fc.array(known('photo'), { minLength: 1, maxLength: 2 }),
    ),
    phone: known('phone'),
    name: known('name'),
    description: known('words'),
    size: fc.constant(smallPhoto.length),
    amount: fc.integer({ min: 1, max: 40 }),
    from: days,
    to: days,
    near: fc.tuple(position.longitude, position.latitude).map((pair) => pair.join(',')),
    location: fc.oneof(
      fc.record({ area: ids(city.areas), address: words(1) }, { requiredKeys: ['area'] }),
      fc.record({ ...position, crs: fc.constantFrom('wgs84', 'gcj02'), address: words(1) }),
      fc.constant({}),
    ),
    ...Object.fromEntries(
      ['text', 'reason', 'request', 'comment', 'override', 'address'].map((field) => [field, words(2)]),
    ),
  };
  // In uploads `photos` are descriptions, not keys.
  return (field, schema) =>
    field === 'photos' && schema === uploadsBody.shape.photos ? undefined : hints[field];
}

export type Call = { route: string; body: unknown; query: Record<string, unknown> | undefined };

export function validCalls(city: City): fc.Arbitrary<Call> {
  const hint = hintOf(city);
  return fc.oneof(
    ...Object.entries(shapes).map(([route, { weight = 1, body, query }]) => ({
      weight,
      arbitrary: fc.record({
        route: fc.constant(route),
        body: body ? valuesOf(body, hint) : fc.constant(undefined),
        query: query
          ? (valuesOf(query, hint) as fc.Arbitrary<Record<string, unknown>>)
          : fc.constant(undefined),
      }),
    })),
  );
}

export function sentenceAt(at: number): string {
  return sentences[at % sentences.length] ?? '';
}
