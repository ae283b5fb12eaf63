import * as z from 'zod';

/** The parts of the API's answers that the demo uses. An answer that lacks any of them is a bug in the product. */

const words = z.object({ zh: z.string(), en: z.string() });
const instant = z.iso.datetime({ offset: true });
const named = z.object({ code: z.string(), name: words });

const clock = z.object({
  startedAt: instant,
  target: z.object({ amount: z.number(), unit: z.string() }),
  pauses: z.array(z.object({ from: instant, to: instant.optional() })).optional(),
  warnAt: instant,
  dueAt: instant,
  warnedAt: instant.optional(),
  breachedAt: instant.optional(),
  /** The areas it is escalated to after it is overdue, and how many have been reached. */
  climbs: z.array(z.object({ area: z.string(), at: instant })).optional(),
  climbed: z.number().optional(),
  stoppedAt: instant.optional(),
});
export type ClockView = z.infer<typeof clock>;

const photo = z.object({
  id: z.string(),
  purpose: z.enum(['report', 'note', 'result']),
  status: z.enum(['processing', 'ready', 'unreadable']),
  width: z.number().optional(),
  height: z.number().optional(),
  url: z.string().optional(),
  thumbnailUrl: z.string().optional(),
});

const entry = z.object({ at: instant, type: z.string(), text: words, words: z.string().optional() });
const actor = z.object({ kind: z.enum(['resident', 'staff', 'system']) });

const shared = {
  number: z.string(),
  status: z.object({ code: z.string(), zh: z.string(), en: z.string() }),
  submittedAt: instant,
  description: z.string(),
  location: z.object({ area: z.string(), path: z.array(z.string()) }),
  category: named.optional(),
  department: z.object({ id: z.string(), name: words }).optional(),
  clocks: z.object({ acknowledge: clock.optional(), resolve: clock.optional() }),
  acknowledgedAt: instant.optional(),
  startedAt: instant.optional(),
  priority: z.enum(['urgent', 'high', 'normal']).optional(),
  suspension: z
    .object({ waitingFor: z.enum(['resident', 'other']), at: instant, resumeAt: instant })
    .optional(),
  resolution: z.object({ text: z.string(), at: instant, department: z.string() }).optional(),
  rating: z.object({ score: z.number(), at: instant, round: z.number() }).optional(),
  round: z.number(),
  endedAt: instant.optional(),
  mergedInto: z.string().optional(),
  photos: z.array(photo),
  commands: z.array(z.string()),
};

export const residentAnswer = z.object({ ...shared, timeline: z.array(entry) });
export type ResidentView = z.infer<typeof residentAnswer>;

export const staffAnswer = z.object({
  ...shared,
  version: z.number(),
  source: z.enum(['resident', 'staff']),
  suggestedCategory: named.optional(),
  contact: z.object({ name: z.string().optional(), phone: z.string().optional() }).optional(),
  classification: z
    .object({ by: z.enum(['resident', 'classifier', 'staff']), confidence: z.number() })
    .optional(),
  duplicates: z.array(z.string()),
  extension: z.object({ amount: z.number(), at: instant }).optional(),
  extensionLeft: z.number().optional(),
  followUp: z.object({ score: z.number(), at: instant }).optional(),
  /** Of a subtask: its parent report. */
  parent: z.object({ number: z.string() }).optional(),
  support: z.array(
    z.object({
      number: z.string(),
      department: z.object({ id: z.string() }),
      state: z.enum(['asked', 'acknowledged', 'resolved', 'ended', 'cancelled']),
    }),
  ),
  accounts: z.array(z.object({ clock: z.enum(['acknowledge', 'resolve']), lines: z.array(words) })),
  timeline: z.array(z.object({ ...entry.shape, actor })),
});
export type StaffView = z.infer<typeof staffAnswer>;
export type Entry = StaffView['timeline'][number];

export const submitAnswer = z.object({
  number: z.string(),
  trackingToken: z.string().min(40),
  status: z.literal('submitted'),
  trackUrl: z.string(),
});

export const uploadsAnswer = z.object({
  uploads: z.array(z.object({ key: z.string(), url: z.string(), fields: z.record(z.string(), z.string()) })),
});

export const inboxAnswer = z.object({
  items: z.array(z.object({ number: z.string(), state: z.string() })),
  cursor: z.string().optional(),
});

const area = z.object({
  id: z.string(),
  name: words,
  level: z.enum(['district', 'street', 'community', 'grid', 'estate']),
  parent: z.string().optional(),
  centre: z.object({ longitude: z.number(), latitude: z.number(), radiusMetres: z.number() }).optional(),
});

export const cityAnswer = z.object({
  name: words,
  timeZone: z.string(),
  areas: z.array(area).min(1),
  categories: z.array(named),
  departments: z.array(z.object({ id: z.string(), name: words })),
});
export type CityView = z.infer<typeof cityAnswer>;

export const statsAnswer = z.object({
  rows: z.array(z.object({ key: z.string(), figures: z.record(z.string(), z.number()) })),
});

export const problemAnswer = z.object({ code: z.string(), text: words.optional() });

export const clockAnswer = z.object({ now: instant });
export const tokenAnswer = z.object({ token: z.string() });
/** A message about one event of a report to one recipient. */
export const notice = z.object({
  id: z.string(),
  to: z.object({ kind: z.enum(['resident', 'department']), department: z.string().optional() }),
  locale: z.enum(['zh', 'en']),
  subject: z.string(),
  text: z.string(),
  number: z.string(),
  occurredAt: instant,
});
export type Notice = z.infer<typeof notice>;

/** A message to one recipient about all alerts of a minute. */
export const digest = z.object({
  id: z.string().startsWith('digest#'),
  to: z.object({
    kind: z.enum(['department', 'head', 'area']),
    department: z.string().optional(),
    area: z.string().optional(),
  }),
  numbers: z.array(z.string()).min(1),
  occurredAt: instant,
});
export type Digest = z.infer<typeof digest>;
