import { printParseErrorCode, visit, type JSONPath } from 'jsonc-parser';
import { toDotPath } from 'zod/v4/core';

/** Where something stands in a text, both counted from 1, the column in UTF-16 code units. */
export type Position = { line: number; column: number };

/** The places of all values of a JSON text by path (`areas[3].parent`, empty for the whole), or of its first fault. */
export type JsonPositions =
  | {
      ok: true;
      positionOf: (path: string) => Position | undefined;
      repeatedKeys: { path: string; at: Position }[];
    }
  | { ok: false; at: Position; expected: Expected };

type Expected = 'value' | 'key' | 'colon' | 'comma-or-end' | 'end' | 'json';

/** By the parser's names of faults; all others are of characters that JSON does not allow where they stand. */
const expectedByFault: Record<string, Expected> = {
  ValueExpected: 'value',
  PropertyNameExpected: 'key',
  ColonExpected: 'colon',
  CommaExpected: 'comma-or-end',
  CloseBraceExpected: 'comma-or-end',
  CloseBracketExpected: 'comma-or-end',
  EndOfFileExpected: 'end',
};

/**
 * Reads JSON for its places alone. `JSON.parse` says where a fault is only sometimes, and never where a value was;
 * of a key that stands twice it silently takes the last.
 */
export function jsonPositions(text: string): JsonPositions {
  const positions = new Map<string, Position>();
  const repeatedKeys: { path: string; at: Position }[] = [];
  const faults: { at: Position; expected: Expected | undefined }[] = [];
  const keysOfOpenObjects: Set<string>[] = [];

  const note = (line: number, character: number, path: JSONPath): void => {
    positions.set(toDotPath(path), { line: line + 1, column: character + 1 });
  };
  visit(
    text,
    {
      onObjectBegin: (_offset, _length, line, character, path) => {
        note(line, character, path());
        keysOfOpenObjects.push(new Set());
      },
      onObjectProperty: (key, _offset, _length, line, character, path) => {
        const keys = keysOfOpenObjects.at(-1);
        if (keys?.has(key))
          repeatedKeys.push({
            path: toDotPath([...path(), key]),
            at: { line: line + 1, column: character + 1 },
          });
        keys?.add(key);
      },
      onObjectEnd: () => {
        keysOfOpenObjects.pop();
      },
      onArrayBegin: (_offset, _length, line, character, path) => {
        note(line, character, path());
      },
      onLiteralValue: (_value, _offset, _length, line, character, path) => {
        note(line, character, path());
      },
      onError: (error, _offset, _length, line, character) => {
        faults.push({
          at: { line: line + 1, column: character + 1 },
          expected: expectedByFault[printParseErrorCode(error)],
        });
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );

  const [first] = faults;
  if (first) {
    // Of a character that is not allowed, the parser says in its next fault what should have stood there.
    const { expected = 'json' } = faults.find((fault) => fault.expected !== undefined) ?? {};
    return { ok: false, at: first.at, expected };
  }
  return { ok: true, repeatedKeys, positionOf: (path) => positions.get(path) };
}
