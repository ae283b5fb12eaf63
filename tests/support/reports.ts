import type { ReportEvent } from '../../events/report.ts';
import { type Command, decide, fold, type Refusal, type Report } from './report-domain.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import type { City } from '../../shared/config/city.ts';
import { pathOf } from '../../shared/place/place.ts';
import { city } from './city.ts';

export const resident: Actor = { kind: 'resident' };
export const admin: Actor = {
  kind: 'staff',
  username: 'admin',
  role: 'admin',
  departments: [],
  areas: ['yunting'],
};
export const system = (name: string): Actor => ({ kind: 'system', name });

export const start = '2026-11-20T01:00:00.000Z';

/** The instant some minutes after `start`. */
export function after(minutes: number): string {
  return new Date(Date.parse(start) + minutes * 60_000).toISOString();
}

/** How many minutes after `start` an instant is. */
export function minutesAt(instant: string): number {
  return (Date.parse(instant) - Date.parse(start)) / 60_000;
}

/** A leak at one estate, for which property-kangning is responsible in the demo city. */
export const submit: Extract<Command, { type: 'submit' }> = {
  type: 'submit',
  number: 'YT-261120-000017',
  description: '楼道水管爆了，一直在漏水 🚰',
  location: { area: 'tinglan-court', path: pathOf(city, 'tinglan-court'), address: '3栋2单元' },
  photos: [{ id: 'p1', contentType: 'image/jpeg', size: 1000 }],
  locale: 'zh',
  source: 'resident',
};

type Classification = Extract<Command, { type: 'classify' }> & { by: 'classifier'; confidence: number };

export const leak: Classification = {
  type: 'classify',
  category: 'building.leak',
  confidence: 0.9,
  by: 'classifier',
  alternatives: [],
};

/** A growing history: each `give` decides and folds; a refusal is returned and adds nothing. */
export class Story {
  events: ReportEvent[] = [];
  readonly #city: City;

  /** @param rules a city other than the demo city. */
  constructor(rules: City = city) {
    this.#city = rules;
  }

  get report(): Report {
    return fold(this.events);
  }

  give(command: Command, actor: Actor, minutes: number, expectedVersion?: number): Refusal | undefined {
    const before = this.events.length > 0 ? this.report : undefined;
    const decision = decide(before, command, {
      now: after(minutes),
      actor,
      city: this.#city,
      expectedVersion,
    });
    if (!decision.ok) return decision.refusal;
    this.events = [...this.events, ...decision.events];
    return undefined;
  }

  types(): string[] {
    return this.events.map((event) => event.type.replace('.v1', ''));
  }
}

/** A report that the classifier has just assigned to its department. */
export function assigned(category = 'building.leak', minutes = 0, rules: City = city): Story {
  const story = new Story(rules);
  story.give(submit, resident, minutes);
  story.give({ ...leak, category }, system('classify'), minutes);
  return story;
}
