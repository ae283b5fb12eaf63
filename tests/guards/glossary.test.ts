import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** The words of the last column of docs/glossary.md. */
const retired = readFileSync(resolve(root, 'docs/glossary.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| 中文'))
  .flatMap((line) => line.split('|')[4]?.split(', ') ?? [])
  .map((word) => word.trim())
  .filter((word) => word !== '');

/** Where texts that people read stand. */
const places = [
  'web/locales/*.json',
  'web/*/locales/*.json',
  'shared/records/*/{notices,timeline,state,alerts,explain}.ts',
  'shared/http/problems.ts',
  'functions/digest/message.ts',
];

/** What stands between quotes: code and comments are not read by people. */
function textsIn(file: string): string[] {
  const source = readFileSync(resolve(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');
  return source.match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
}

const files = globSync(places, { cwd: root });

describe('the glossary', () => {
  it('retires words, and finds the texts that people read', () => {
    expect(retired).toContain('部门');
    expect(retired).toContain('taken up');
    expect(retired.length).toBeGreaterThan(40);
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(retired)('has no "%s" in what people read', (word) => {
    const isWord = /^[a-z]/i.test(word) ? new RegExp(`\\b${word}\\b`, 'i') : new RegExp(word);
    const found = files.flatMap((file) =>
      textsIn(file)
        // 承办人员 are all who work on it.
        .map((text) => text.replaceAll('承办人员', ''))
        // A key or a code is no text.
        .filter((text) => /[\u4e00-\u9fff ]/.test(text) && isWord.test(text))
        .map((text) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});
