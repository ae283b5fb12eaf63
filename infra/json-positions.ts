import { printParseErrorCode, visit, type JSONPath } from 'jsonc-parser';
import { toDotPath } from 'zod/v4/core';

/** A position in a text, both counted from 1, the column in UTF-16 code units. */
export type Position = { line: number; column: number };

/** The positions of all values of a JSON text by path (`areas[3].parent`, empty for the root), or of its first error. */
export type JsonPositions =
  | {
      ok: true;
      positionOf: (path: string) => Position | undefined;
      repeatedKeys: { path: string; at: Position }[];
    }
  | { ok: false; at: Position; expected: Expected };

type Expected = 'value' | 'key' | 'colon' | 'comma-or-end' | 'end' | 'json';

/** By the parser's error names; the other errors are about unexpected characters. */
const expectedByError: Record<string, Expected> = {
  ValueExpected: 'value',
  PropertyNameExpected: 'key',
  ColonExpected: 'colon',
  CommaExpected: 'comma-or-end',
  CloseBraceExpected: 'comma-or-end',
  CloseBracketExpected: 'comma-or-end',
  EndOfFileExpected: 'end',
};

/**
 * Parses JSON for positions only. `JSON.parse` does not always give an error's position, gives no positions of values,
 * and of a repeated key silently uses the last.
 */
export function jsonPositions(text: string): JsonPositions {
  const positions = new Map<string, Position>();
  const repeatedKeys: { path: string; at: Position }[] = [];
  const errors: { at: Position; expected: Expected | undefined }[] = [];
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
        errors.push({
          at: { line: line + 1, column: character + 1 },
          expected: expectedByError[printParseErrorCode(error)],
        });
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );

  const [first] = errors;
  if (first) {
    // For an unexpected character, the parser's next error says what it expected.
    const { expected = 'json' } = errors.find((candidate) => candidate.expected !== undefined) ?? {};
    return { ok: false, at: first.at, expected };
  }
  return { ok: true, repeatedKeys, positionOf: (path) => positions.get(path) };
}
