import { cancel, type Agenda } from './agenda.ts';
import type { Chance } from './chance.ts';
import type { Faults, RequestFault } from './faults.ts';

export type Service = 'dynamodb' | 'sns' | 'sqs' | 'secrets' | 'kms' | 'webhook';
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };
/** What happened during one run of a function. */
export type Invocation = { about: string; isFaulted: boolean };

/** How a service takes a request: what it is about, and what happens when it takes effect. */
export type Request = {
  service: Service;
  operation: string;
  about: string;
  /** Faults besides the general ones. */
  alsoPossible: readonly RequestFault[];
  take: (fault: RequestFault | undefined) => unknown;
};

export type Cloud = {
  agenda: Agenda;
  chance: Chance;
  faults: Faults;
  isDown: (service: Service) => boolean;
  trace: (line: string) => void;
};

/** As often as the SDK's standard retries send one request. */
const sdkTries = 3;
/** The clocks of two functions differ by twice this at most. */
const mostSkewMilliseconds = 2000;

const usualFaults: readonly RequestFault[] = [
  'throttled',
  'reset',
  'answer-lost',
  'late',
  'slow',
  'killed-before',
  'killed-after',
];

/** A function's instance: it runs one event at a time, has its own clock, and can end at any request. */
export class Instance<Payload, Result> {
  readonly #cloud: Cloud;
  readonly #name: string;
  readonly #skew: number;
  readonly #handler: (payload: Payload) => Promise<Result>;
  #isDead = false;
  #invocation: Invocation = { about: '', isFaulted: false };
  #died: (reason: Error) => void = () => undefined;

  constructor(
    cloud: Cloud,
    name: string,
    id: string,
    make: (instance: Instance<Payload, Result>) => (payload: Payload) => Promise<Result>,
  ) {
    this.#cloud = cloud;
    this.#name = name;
    const spread = cloud.chance.integer(`skew ${id}`, -mostSkewMilliseconds, mostSkewMilliseconds);
    this.#skew = cloud.faults.strikes('skew', id) ? spread : 0;
    this.#handler = make(this);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The instant on this instance's own clock. */
  now = (): string => new Date(this.#cloud.agenda.now + this.#skew).toISOString();

  sleep = async (milliseconds: number): Promise<void> => {
    await this.#cloud.agenda.sleep(milliseconds);
    // It never continues. A promise of its own: a shared one would keep every ended instance in memory.
    if (this.#isDead) await new Promise(() => undefined);
  };

  async run(
    payload: Payload,
    about: string,
    timeoutSeconds: number,
  ): Promise<{ outcome: Outcome<Result>; invocation: Invocation }> {
    const invocation = (this.#invocation = { about, isFaulted: false });
    const outcome = await new Promise<Outcome<Result>>((resolve) => {
      this.#died = (error) => {
        resolve({ ok: false, error });
      };
      const deadline = this.#cloud.agenda.after(timeoutSeconds * 1000, () => {
        this.kill('timed out');
      });
      this.#handler(payload).then(
        (value) => {
          cancel(deadline);
          resolve({ ok: true, value });
        },
        (error: unknown) => {
          cancel(deadline);
          resolve({ ok: false, error });
        },
      );
    });
    return { outcome, invocation };
  }

  kill(how: string): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#invocation.isFaulted = true;
    this.#cloud.trace(`${this.#name} ${how}`);
    this.#died(new Error(`${this.#name} ${how}`));
  }

  /** One request as an SDK client makes it: sent, lost, delayed and retried. */
  async request({ service, operation, about, alsoPossible, take }: Request): Promise<unknown> {
    const { agenda, chance, faults, isDown, trace } = this.#cloud;
    for (let attempt = 1; ; attempt += 1) {
      const key = faults.counted(`${this.#name} ${operation} ${about}`);
      const fault = faults.ofRequest(key, [...usualFaults, ...alsoPossible]);
      const travel = chance.integer(`latency ${key}`, 1, 25);
      if (fault) {
        this.#invocation.isFaulted = true;
        trace(`${this.#name} ${operation} ${about}: ${fault}`);
      }
      if (fault === 'killed-before') this.kill('was killed');
      await this.sleep(travel);
      let failure: Error | undefined;
      if (isDown(service)) {
        this.#invocation.isFaulted = true;
        failure = named('ServiceUnavailable', `${service} is down`);
      } else if (fault === 'throttled') failure = named('ThrottlingException', 'Rate exceeded');
      else if (fault === 'reset') failure = named('TimeoutError', 'socket hang up');
      else if (fault === 'late') {
        agenda.after(chance.integer(`late ${key}`, 2000, 15_000), () => {
          if (isDown(service)) return;
          trace(`${this.#name} ${operation} ${about}: takes effect late`);
          try {
            take(undefined);
          } catch {
            // Nobody is there to hear that it was refused.
          }
        });
        await this.sleep(1000);
        failure = named('TimeoutError', 'no answer within a second');
      } else {
        const answer = attempted(() => take(fault));
        if (fault === 'slow') await this.sleep(chance.pick(`slow ${key}`, [100, 300, 1000, 3000, 12_000]));
        if (fault === 'killed-after') this.kill('was killed');
        await this.sleep(travel);
        if (fault === 'answer-lost') failure = named('TimeoutError', 'the answer was lost');
        else if (answer.ok) return answer.value;
        else throw answer.error;
      }
      if (attempt === sdkTries) throw failure;
      await this.sleep(chance.integer(`pause ${key}`, 20, 100 * 2 ** attempt));
    }
  }
}

function attempted(take: () => unknown): Outcome<unknown> {
  try {
    return { ok: true, value: take() };
  } catch (error) {
    return { ok: false, error };
  }
}

export function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
