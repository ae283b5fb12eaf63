import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { currentCity } from '../config/current-city.ts';
import type { Host } from './host.ts';

/** One of each service, so that all parts of a function share its connections. */
const clients = new Map<unknown, unknown>();

/** A function as it runs on Lambda, and in the embedded cloud. */
export const lambda: Host = {
  currentCity,
  connect: (Client, options = {}) => {
    const client = clients.get(Client) ?? new Client(options);
    clients.set(Client, client);
    return client as InstanceType<typeof Client>;
  },
  now: () => new Date().toISOString(),
  random: Math.random,
  newId: randomUUID,
  randomBytes,
  pause: (milliseconds) => setTimeout(milliseconds),
  fetch,
  webhookCaller: (make) => make(),
};
