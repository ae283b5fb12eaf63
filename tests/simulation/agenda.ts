import { setImmediate as immediate } from 'node:timers/promises';

export type Appointment = { at: number; order: number; what: (() => void) | undefined };

/**
 * Virtual time: a queue of appointments, soonest first. Everything that waits for an appointment runs to its next wait
 * before the following one, so the order of appointments determines the run, however long a week takes.
 */
export class Agenda {
  now: number;
  #order = 0;
  #heap: Appointment[] = [];

  constructor(start: number) {
    this.now = start;
  }

  get instant(): string {
    return new Date(this.now).toISOString();
  }

  at(time: number, what: () => void): Appointment {
    const appointment = { at: Math.max(time, this.now), order: (this.#order += 1), what };
    this.#push(appointment);
    return appointment;
  }

  after(milliseconds: number, what: () => void): Appointment {
    return this.at(this.now + milliseconds, what);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }

  /** Runs until no appointment is left. @returns whether that was before `isOver`. */
  async run(isOver: (next: number) => boolean): Promise<boolean> {
    for (let next = this.#pop(); next; next = this.#pop()) {
      if (!next.what) continue;
      if (isOver(next.at)) return false;
      this.now = next.at;
      next.what();
      await immediate();
    }
    return true;
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let at = heap.push(appointment) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || sooner(above, appointment)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = appointment;
  }

  #pop(): Appointment | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (!left) break;
      if (right && sooner(right, left)) child += 1;
      const below = heap[child];
      if (!below || sooner(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function sooner(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Cancels an appointment. */
export function cancel(appointment: Appointment): void {
  appointment.what = undefined;
}
