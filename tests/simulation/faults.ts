import { Chance, hash } from './chance.ts';

/** Faults of one request to a service. */
export const requestFaults = [
  /** Throttled; the SDK retries. */
  'throttled',
  /** The connection broke before the request arrived. */
  'reset',
  /** It took effect, but its answer was lost. */
  'answer-lost',
  /** It takes effect only after the caller has timed out. */
  'late',
  /** A conflict with another transaction on the same item. */
  'conflict',
  /** The service answers that it is unavailable. */
  'refused',
  /** A batch was processed only in part. */
  'half-done',
  /** A slow answer. */
  'slow',
  /** The function ends before the request is sent, or before its answer arrives. */
  'killed-before',
  'killed-after',
] as const;
export type RequestFault = (typeof requestFaults)[number];

/** Other faults. */
type OtherFault =
  | 'duplicate'
  | 'delay'
  | 'not-deleted'
  | 'replay'
  | 'resplit'
  | 'skipped'
  | 'doubled'
  | 'skew'
  | 'stale'
  | 'outage'
  | 'poison'
  | 'cursed'
  | 'reply-lost';

export type Fault = { id: string; kind: RequestFault | OtherFault; about: string };

/** The probability of each fault. */
export type Weather = Record<RequestFault | OtherFault, number>;

const stormy: Weather = {
  throttled: 0.02,
  reset: 0.01,
  'answer-lost': 0.012,
  late: 0.004,
  conflict: 0.03,
  refused: 0.05,
  'half-done': 0.06,
  slow: 0.02,
  'killed-before': 0.003,
  'killed-after': 0.003,
  duplicate: 0.06,
  delay: 0.1,
  'not-deleted': 0.02,
  replay: 0.04,
  resplit: 0.5,
  skipped: 0.1,
  doubled: 0.1,
  skew: 0.6,
  stale: 0.3,
  outage: 0.8,
  poison: 0.5,
  cursed: 0.02,
  'reply-lost': 0.05,
};

/**
 * The faults of one run. Each is determined by seed and subject, so a run can be repeated with some of its faults
 * only.
 */
export class Faults {
  readonly #chance: Chance;
  readonly #weather: Weather;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #happened = new Map<string, Fault>();
  readonly #times = new Map<string, number>();
  /** No more faults happen. */
  over = false;

  /** @param allowed ids of the faults that may happen; all if left out. */
  constructor(chance: Chance, allowed?: ReadonlySet<string>) {
    this.#chance = chance;
    this.#allowed = allowed;
    // Some seeds have few faults: most bugs show best where little else fails.
    const strength = chance.pick('weather', [0, 0.3, 1, 1, 2]);
    this.#weather = Object.fromEntries(
      Object.entries(stormy).map(([kind, rate]) => [kind, Math.min(0.9, rate * strength)]),
    ) as Weather;
  }

  get happened(): Fault[] {
    return [...this.#happened.values()];
  }

  /** Whether a fault of this kind happens here. */
  strikes(kind: Fault['kind'], about: string): boolean {
    return this.#chance.yes(`${kind} ${about}`, this.#weather[kind]) && this.#happens(kind, about);
  }

  /** The fault of this request, if any. */
  ofRequest(about: string, possible: readonly RequestFault[]): RequestFault | undefined {
    let roll = this.#chance.unit(`request ${about}`);
    for (const kind of possible) {
      roll -= this.#weather[kind];
      if (roll < 0) return this.#happens(kind, about) ? kind : undefined;
    }
    return undefined;
  }

  /** The n-th time something happens is named differently from the first. */
  counted(about: string): string {
    const times = (this.#times.get(about) ?? 0) + 1;
    this.#times.set(about, times);
    return `${about} ${times}`;
  }

  #happens(kind: Fault['kind'], about: string): boolean {
    if (this.over) return false;
    const id = hash(`${kind} ${about}`).toString(36);
    if (this.#allowed && !this.#allowed.has(id)) return false;
    this.#happened.set(id, { id, kind, about });
    return true;
  }
}
