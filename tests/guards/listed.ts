import { eventTypes } from '../support/report-domain.ts';
import { commandTypes } from './subject.ts';

/** What the product has, as it lists it. The tables are compared with it, so that nothing new is omitted. */
export const productEventTypes: readonly string[] = eventTypes;
export const productCommandTypes: readonly string[] = commandTypes;
