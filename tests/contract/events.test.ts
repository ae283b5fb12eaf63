import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventTypes, parseEvent } from '../support/report-domain.ts';

const samples = new URL('../../events/samples/report/', import.meta.url);
const sample = (type: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`${type}.json`, samples), 'utf8')) as Record<string, unknown>;

describe('published events', () => {
  it('each have exactly one sample', () => {
    expect(readdirSync(samples).sort()).toEqual(eventTypes.map((type) => `${type}.json`).sort());
  });

  it.each(eventTypes)('%s: the sample matches the contract', (type) => {
    const value = sample(type);
    expect(parseEvent(value)).toEqual({ kind: 'event', event: value });
  });

  it.each(eventTypes)('%s with an unknown version is reported as an unknown type', (type) => {
    const value = { ...sample(type), type: type.replace('.v1', '.v99') };
    expect(parseEvent(value)).toEqual({ kind: 'unknown-type', type: value.type });
  });

  it.each(eventTypes)('%s without its data is invalid', (type) => {
    expect(parseEvent({ ...sample(type), data: null })).toMatchObject({ kind: 'invalid' });
    expect(parseEvent({ ...sample(type), sequence: 0 })).toMatchObject({ kind: 'invalid' });
  });

  it('contain no name, phone number or token of a resident', () => {
    for (const type of eventTypes)
      expect(JSON.stringify(sample(type))).not.toMatch(/phone|"contact":\{|token|1\d{10}/i);
  });
});
