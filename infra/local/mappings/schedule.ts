import { randomUUID } from 'node:crypto';
import type { VirtualClock } from '../clock.ts';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { SchedulePlan } from '../template/plan.ts';
import { place } from '../template/resource-types.ts';

/** Invokes a function at a fixed rate of the virtual clock, one invocation at a time. */
export class Schedule {
  readonly plan: SchedulePlan;
  readonly #pool: FunctionPool;
  readonly #clock: VirtualClock;
  readonly #mayInvoke: () => boolean;
  #dueAt: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  /** @param mayInvoke whether the schedule may invoke the function. */
  constructor(plan: SchedulePlan, pool: FunctionPool, clock: VirtualClock, mayInvoke: () => boolean) {
    this.plan = plan;
    this.#mayInvoke = mayInvoke;
    this.#pool = pool;
    this.#clock = clock;
    this.#dueAt = clock.now() + plan.everySeconds * 1000;
  }

  start(): void {
    this.#wait();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** To be called after the clock was advanced. Runs the function if due; returns whether it ran. */
  async catchUp(): Promise<boolean> {
    // A run in progress started with the earlier time.
    await this.#running;
    if (this.#stopped || this.#clock.now() < this.#dueAt) return false;
    clearTimeout(this.#timer);
    await this.#fire();
    return true;
  }

  #wait(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#fire(), Math.max(0, this.#dueAt - this.#clock.now()));
  }

  async #fire(): Promise<void> {
    // Missed runs are not repeated: one run handles everything due.
    this.#dueAt = this.#clock.now() + this.plan.everySeconds * 1000;
    this.#running = this.#invoke();
    await this.#running;
    this.#running = undefined;
    this.#wait();
  }

  async #invoke(): Promise<void> {
    if (!this.#mayInvoke()) return;
    const event =
      this.plan.input === undefined
        ? {
            version: '0',
            id: randomUUID(),
            'detail-type': 'Scheduled Event',
            source: 'aws.events',
            account: place.account,
            time: new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
            region: place.region,
            resources: [this.plan.arn],
            detail: {},
          }
        : (JSON.parse(this.plan.input) as unknown);
    await this.#pool.invoke(event);
  }
}
