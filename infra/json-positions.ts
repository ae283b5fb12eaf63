/** Where something stands in a text, both counted from 1, the column in characters. */
export type Position = { line: number; column: number };

/** The places of all values of a JSON text by path (`areas[3].parent`, empty for the whole), or of its first fault. */
export type JsonPositions =
  | {
      ok: true;
      positionOf: (path: string) => Position | undefined;
      repeatedKeys: { path: string; at: Position }[];
    }
  | { ok: false; at: Position; expected: 'value' | 'key' | 'colon' | 'comma-or-end' | 'end' };

type Expected = Extract<JsonPositions, { ok: false }>['expected'];

/**
 * Reads JSON for its places alone. `JSON.parse` says where a fault is only sometimes, and never where a value was;
 * of a key that stands twice it silently takes the last.
 */
export function jsonPositions(text: string): JsonPositions {
  const offsets = new Map<string, number>();
  const repeatedKeys: { path: string; at: Position }[] = [];
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) at += found.length;
    return found;
  };
  const skip = (): void => void take(/[ \t\r\n]*/y);
  const expect = (pattern: RegExp, expected: Expected): string => {
    skip();
    const found = take(pattern);
    if (found === undefined) throw new Fault(at, expected);
    return found;
  };

  const value = (path: string): void => {
    skip();
    offsets.set(path, at);
    const opening = expect(valuePattern, 'value');
    if (opening === '{') members(path);
    else if (opening === '[') elements(path);
  };
  const members = (path: string): void => {
    const keys = new Set<string>();
    skip();
    if (take(/}/y)) return;
    do {
      skip();
      const keyAt = at;
      const key = JSON.parse(expect(keyPattern, 'key')) as string;
      const below = path === '' ? key : `${path}.${key}`;
      if (keys.has(key)) repeatedKeys.push({ path: below, at: positionAt(text, keyAt) });
      keys.add(key);
      expect(/:/y, 'colon');
      value(below);
    } while (expect(/[,}]/y, 'comma-or-end') === ',');
  };
  const elements = (path: string): void => {
    skip();
    if (take(/]/y)) return;
    let index = 0;
    do {
      value(`${path}[${index}]`);
      index += 1;
    } while (expect(/[,\]]/y, 'comma-or-end') === ',');
  };

  try {
    value('');
    skip();
    if (at < text.length) throw new Fault(at, 'end');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ok: false, at: positionAt(text, error.offset), expected: error.expected };
  }
  return {
    ok: true,
    repeatedKeys,
    positionOf: (path) => {
      const offset = offsets.get(path);
      return offset === undefined ? undefined : positionAt(text, offset);
    },
  };
}

const stringSource = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"`;
const numberSource = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const keyPattern = new RegExp(stringSource, 'y');
const valuePattern = new RegExp(String.raw`[[{]|${stringSource}|${numberSource}|true|false|null`, 'y');

class Fault extends Error {
  readonly offset: number;
  readonly expected: Expected;

  constructor(offset: number, expected: Expected) {
    super(expected);
    this.offset = offset;
    this.expected = expected;
  }
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1 };
}
