import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNumber, numberDate, numbersPerDay, parseNumber } from '../../shared/kernel/number.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const date = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const number = fc
  .tuple(date, fc.integer({ min: 0, max: numbersPerDay - 1 }))
  .map(([day, entropy]) => formatNumber('YT', numberDate(day.toISOString(), 'Asia/Shanghai'), entropy));

describe('report numbers', () => {
  it('look like YT-261121-7K3F9Q and are parsed back', () => {
    fc.assert(
      fc.property(number, (made) => {
        expect(made).toMatch(/^YT-\d{6}-[0-9A-HJKMNP-TV-Z]{6}$/);
        expect(parseNumber(made)).toBe(made);
      }),
    );
  });

  it('detect one wrong character', () => {
    fc.assert(
      fc.property(number, fc.nat(11), fc.nat(31), (made, position, replacement) => {
        const payload = made.slice(3).replace('-', '');
        const wrong = position < 6 ? String(replacement % 10) : alphabet.charAt(replacement);
        fc.pre(payload.charAt(position) !== wrong);
        const changed = payload.slice(0, position) + wrong + payload.slice(position + 1);
        expect(parseNumber(`YT-${changed.slice(0, 6)}-${changed.slice(6)}`)).toBeUndefined();
      }),
    );
  });

  it('detect two swapped neighbours', () => {
    fc.assert(
      fc.property(number, fc.nat(10), (made, position) => {
        const payload = made.slice(3).replace('-', '');
        const [a, b] = [payload.charAt(position), payload.charAt(position + 1)];
        fc.pre(a !== b);
        const swapped = payload.slice(0, position) + b + a + payload.slice(position + 2);
        expect(parseNumber(`YT-${swapped.slice(0, 6)}-${swapped.slice(6)}`)).toBeUndefined();
      }),
    );
  });

  it('are parsed as people type them', () => {
    const made = formatNumber('YT', '261121', 1);
    const [, , tail = ''] = made.split('-');
    for (const typed of [
      made.toLowerCase(),
      ` ${made} `,
      `YT261121${tail}`,
      `yt 261121 ${tail}`,
      made.replace('0', 'O'),
    ])
      expect(parseNumber(typed)).toBe(made);
    expect(parseNumber(made.replaceAll('1', 'l'))).toBe(made);
  });

  it.each(['', 'YT', 'YT-261121', 'YT-261121-00000', '工单', 'YT-261121-UUUUUU', '../YT-261121-000000'])(
    'are not %j',
    (typed) => {
      expect(parseNumber(typed)).toBeUndefined();
    },
  );

  it('contain the city’s date, not the machine’s', () => {
    expect(numberDate('2026-11-21T16:00:00.000Z', 'Asia/Shanghai')).toBe('261122');
    expect(numberDate('2026-11-21T15:59:59.999Z', 'Asia/Shanghai')).toBe('261121');
  });

  it('refuse an impossible date or amount', () => {
    expect(() => formatNumber('YT', '2026-1', 1)).toThrow(RangeError);
    expect(() => formatNumber('YT', '261121', numbersPerDay)).toThrow(RangeError);
  });
});
