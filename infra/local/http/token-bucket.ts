import type { Throttle } from '../template/plan.ts';

/** API Gateway's throttling: `rate` requests per second, with bursts of up to `burst`. */
export class TokenBucket {
  readonly #throttle: Throttle;
  #tokens: number;
  #filledAt: number;

  constructor(throttle: Throttle, now = performance.now()) {
    this.#throttle = throttle;
    this.#tokens = throttle.burst;
    this.#filledAt = now;
  }

  take(now = performance.now()): boolean {
    const { rate, burst } = this.#throttle;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * rate);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
