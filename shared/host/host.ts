import type { City } from '../config/city.ts';
import type { CallWebhook } from '../webhook/call.ts';

/**
 * What a function runs on: Lambda, a test, or the simulation. Each function's `wire.ts` builds its handler from this and
 * from its settings, the same way everywhere.
 */
export type Host = {
  currentCity: () => City;
  /** A client of an AWS service. */
  connect: <Client>(Client: new (options: object) => Client, options?: object) => Client;
  /** The instant, RFC 3339 in UTC. */
  now: () => string;
  /** From 0 to 1, as `Math.random`. */
  random: () => number;
  /** An id that nothing else has. */
  newId: () => string;
  randomBytes: (length: number) => Uint8Array;
  pause: (milliseconds: number) => Promise<void>;
  fetch: typeof fetch;
  /** Made where it is used: the functions that call nobody carry no caller. */
  webhookCaller: (make: () => CallWebhook) => CallWebhook;
};
