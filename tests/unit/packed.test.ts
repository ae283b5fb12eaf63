import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../shared/store/packed.ts';
import { histories } from '../support/former-table.ts';

describe('packed data', () => {
  it('is unpacked unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unpack(pack(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('takes a fifth of its JSON, or less', () => {
    for (const events of histories().filter(({ length }) => length > 5))
      expect(pack(events).length).toBeLessThan(JSON.stringify(events).length / 5);
  });

  it('throws without its content when damaged', () => {
    const bytes = pack({ secret: '王小明住在三号楼' });
    for (let at = 1; at < bytes.length; at += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0xff;
      try {
        unpack(damaged);
      } catch (error) {
        expect((error as Error).message).toBe('packed bytes are damaged');
      }
    }
    expect(() => unpack(Uint8Array.of(9, 1, 2))).toThrow('packed with dictionary 9, which is not known');
    expect(() => unpack(new Uint8Array())).toThrow('packed with dictionary none, which is not known');
  });

  it.each([[1, 'ba4249f3172358f57942a414e0a3425d0285a4ad9690599d6d6dbc255caaebfa']])(
    'stays readable: dictionary %i is what it was',
    (id, hash) => {
      const folder = resolve(import.meta.dirname, '../../shared/store');
      const events = JSON.parse(
        readFileSync(join(folder, `history-dictionary-${id}.json`), 'utf8'),
      ) as unknown[];
      const text = events.map((event) => JSON.stringify(event)).join('');
      expect(createHash('sha256').update(text).digest('hex')).toBe(hash);
    },
  );

  it('has a hash here for each dictionary', () => {
    const folder = resolve(import.meta.dirname, '../../shared/store');
    const dictionaries = readdirSync(folder).filter((name) => name.startsWith('history-dictionary-'));
    expect(dictionaries).toEqual(['history-dictionary-1.json']);
  });
});
