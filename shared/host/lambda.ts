import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { currentCity } from '../config/current-city.ts';
import type { Host } from './host.ts';

/** A function as it runs on Lambda, and in the embedded cloud. */
export const lambda: Host = {
  currentCity,
  connect: (Client, options = {}) => new Client(options),
  now: () => new Date().toISOString(),
  random: Math.random,
  newId: randomUUID,
  randomBytes,
  pause: (milliseconds) => setTimeout(milliseconds),
  fetch,
  webhookCaller: (make) => make(),
};
