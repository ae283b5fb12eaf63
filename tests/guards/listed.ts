import { eventTypes } from '../support/report-domain.ts';
import { commandTypes } from './subject.ts';

/** What the product has, by its own account. The tables are compared with it, so that nothing new is left out. */
export const productEventTypes: readonly string[] = eventTypes;
export const productCommandTypes: readonly string[] = commandTypes;
