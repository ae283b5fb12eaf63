import { cityDay } from './clocks/city-day.ts';

/**
 * Report numbers such as `YT-261121-7K3F9Q`: prefix, the city's date, five random Crockford base-32 characters and a
 * check character. The check detects every single wrong character and every swap of two neighbours, so a misheard
 * number is refused instead of opening another report. A part for a supporting department has the report's number and
 * its own: `YT-261121-7K3F9Q-1`.
 */

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomLength = 5;

/** How many different numbers a day has. */
export const numbersPerDay = 32 ** randomLength;

/**
 * Formats the number for a date `YYMMDD` and an integer from 0 to `numbersPerDay - 1`.
 * @param letter of the record's kind: in the check character's alphabet and not similar to a digit.
 */
export function formatNumber(prefix: string, date: string, entropy: number, letter = ''): string {
  if (!/^\d{6}$/.test(date)) throw new RangeError(`not a YYMMDD date: ${date}`);
  if (!Number.isInteger(entropy) || entropy < 0 || entropy >= numbersPerDay)
    throw new RangeError(`out of range: ${entropy}`);
  if (!/^[A-HJKMNP-TV-Z]?$/.test(letter)) throw new RangeError(`not a kind's letter: ${letter}`);
  let random = '';
  for (let rest = entropy, i = 0; i < randomLength; i += 1, rest = Math.floor(rest / 32))
    random = alphabet.charAt(rest % 32) + random;
  return `${prefix}-${letter}${date}-${random}${checkCharacter(letter + date + random)}`;
}

/**
 * Parses a number as a person may type it, or as a chat program may leave it: lower case, missing hyphens, spaces, O for
 * 0, I or L for 1, full-width characters, other dashes, invisible characters, punctuation around it.
 * @returns the canonical form, or undefined when it cannot be a report's number.
 */
export function parseNumber(typed: string): string | undefined {
  // A kind's letter needs a separator before it: else it would be read as the last of the prefix.
  const parts =
    /^([A-Z]{2,4})(?:[\s-]+([A-HJKMNP-TV-Z]))?[\s-]*([\dOIL]{6})[\s-]*([0-9A-Z]{6})(?:[\s-]+([1-9]\d{0,2}))?$/.exec(
      plain(typed).toUpperCase(),
    );
  const [, prefix, letter = '', dateTyped, tailTyped, part] = parts ?? [];
  if (prefix === undefined || dateTyped === undefined || tailTyped === undefined) return undefined;
  const date = unambiguous(dateTyped);
  const tail = unambiguous(tailTyped);
  if (!/^[0-9A-HJKMNP-TV-Z]+$/.test(tail)) return undefined;
  if (checkCharacter(letter + date + tail.slice(0, -1)) !== tail.slice(-1)) return undefined;
  const number = `${prefix}-${letter}${date}-${tail}`;
  return part === undefined ? number : partNumber(number, Number(part));
}

/** Longer text is no number. */
const maxTypedCharacters = 60;

function plain(typed: string): string {
  if (typed.length > maxTypedCharacters) return '';
  return typed
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\p{Cc}]/gu, '')
    .replaceAll(/[\p{Pd}\u2212]/gu, '-')
    .replaceAll(
      /^[\s"'“”‘’「」『』()【】[\]<>《》.。,、;:!?#&]+|[\s"'“”‘’「」『』()【】[\]<>《》.。,、;:!?#&]+$/g,
      '',
    );
}

/** The number of the n-th supporting part of a report, from 1. */
export function partNumber(number: string, n: number): string {
  return `${number}-${n}`;
}

/** Whether a number is a supporting part's. */
export function isPart(number: string): boolean {
  return /^[A-Z]{2,4}-[A-Z]?\d{6}-[0-9A-Z]{6}-\d{1,3}$/.test(number);
}

/** The date part `YYMMDD` of an instant in a time zone. */
export function numberDate(instant: string, timeZone: string): string {
  return cityDay(instant, timeZone).replaceAll('-', '').slice(2);
}

function unambiguous(text: string): string {
  return text.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}

/**
 * A polynomial code over GF(32) (x^5 + x^2 + 1): each character's weight is another power of the same
 * primitive element, which is why a wrong character or a swap never cancels out.
 */
function checkCharacter(payload: string): string {
  let sum = 0;
  for (const character of payload) sum = timesX(sum) ^ alphabet.indexOf(character);
  return alphabet.charAt(timesX(sum));
}

function timesX(value: number): number {
  const shifted = value << 1;
  return shifted & 32 ? shifted ^ 0b100101 : shifted;
}

/** The letter of a number's kind; none for a report. */
export function letterOf(number: string): string {
  return /^[A-Z]{2,4}-([A-Z]?)\d{6}-/.exec(number)?.[1] ?? '';
}

/** The kind of the record with this number, if it is one of these. */
export function findKind<K extends { letter: string }>(kinds: readonly K[], number: string): K | undefined {
  const letter = letterOf(number);
  return kinds.find((each) => each.letter === letter);
}

/** As `findKind`. @throws when it is none of these. */
export function kindOf<K extends { letter: string }>(kinds: readonly K[], number: string): K {
  const kind = findKind(kinds, number);
  if (!kind) throw new Error(`${number} is of no known kind`);
  return kind;
}
