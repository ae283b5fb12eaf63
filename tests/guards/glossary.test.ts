import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const [texts = '', code = ''] = readFileSync(resolve(root, 'docs/glossary.md'), 'utf8').split('\n## ');

/** The words of the last column of a table in docs/glossary.md. */
function retiredIn(section: string): string[] {
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| 中文'))
    .flatMap((line) => line.split('|')[4]?.split(', ') ?? [])
    .map((word) => word.trim().replaceAll('`', ''))
    .filter((word) => word !== '');
}

const filesOf = (patterns: readonly string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: (name) => name === 'node_modules' }).sort();
const read = (file: string): string => readFileSync(resolve(root, file), 'utf8');

const comments = /\/\*[\s\S]*?\*\/|(?<![:'"`])\/\/[^\n]*/g;
const strings = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

/** Where texts that people read stand. */
const textFiles = filesOf([
  'web/locales/*.json',
  'web/*/locales/*.json',
  'shared/records/*/{notices,timeline,state,alerts,explain}.ts',
  'shared/http/problems.ts',
  'functions/digest/message.ts',
]);

/** The strings of a file: people read no code and no comments. */
const textsIn = (file: string): string[] => read(file).replaceAll(comments, '').match(strings) ?? [];

/** Retired names that stored data or event contracts need. */
const neededNames: Readonly<Record<string, string>> = {
  climbed: 'a field of clocks in event data (duplicate-joined.v1) and in the API',
};

const codeFiles = filesOf(['{shared,functions,infra,web,events,tests}/**/*.ts', '*.ts']);

/** The comments and identifiers of a file, by line; a template's expressions count as part of its text. */
function namesIn(file: string): { line: number; text: string }[] {
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
  const source = read(file);
  const kept = source.match(comments)?.join('\n') ?? '';
  const lines = source.replaceAll(comments, blank).replaceAll(strings, blank).split('\n');
  return [...lines.map((text, at) => ({ line: at + 1, text })), { line: 0, text: kept }];
}

/** A word also counts as part of an identifier in camel case; a name in camel case only as a whole. */
function patternOf(name: string): RegExp {
  if (!/^[a-z]+$/.test(name)) return new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  return new RegExp(`(?<![\\w-])${name}(?![a-z-])|(?<=[a-z])${capital}(?![a-z])`);
}

// Read once for all words.
const textsByFile = textFiles.map((file) => ({ file, texts: textsIn(file) }));
const namesByFile = codeFiles.map((file) => ({ file, names: namesIn(file) }));
const retiredTexts = retiredIn(texts);
const retiredNames = retiredIn(code);

describe('the glossary', () => {
  it('retires words, and finds the texts that people read and the code', () => {
    expect(retiredTexts).toContain('部门');
    expect(retiredTexts).toContain('taken up');
    expect(retiredTexts.length).toBeGreaterThan(40);
    expect(textFiles.length).toBeGreaterThan(10);
    expect(retiredNames).toContain('overdueFirst');
    expect(retiredNames.length).toBeGreaterThan(20);
    expect(codeFiles.length).toBeGreaterThan(300);
  });

  it.each(retiredTexts)('has no "%s" in what people read', (word) => {
    const isWord = /^[a-z]/i.test(word) ? new RegExp(`\\b${word}\\b`, 'i') : new RegExp(word);
    const found = textsByFile.flatMap(({ file, texts: own }) =>
      own
        // 承办人员 are all who work on it.
        .map((text) => text.replaceAll('承办人员', ''))
        // A key or a code is no text.
        .filter((text) => /[\u4e00-\u9fff ]/.test(text) && isWord.test(text))
        .map((text) => `${file}: ${text}`),
    );
    expect(found).toEqual([]);
  });

  it('matches words in identifiers, and names as a whole', () => {
    expect(
      ['heardOf(', 'the climb', 'onClimb', 'climbs'].map((text) => patternOf('climb').test(text)),
    ).toEqual([false, true, true, false]);
    expect(['heardOf(', 'unheardOf'].map((text) => patternOf('heardOf').test(text))).toEqual([true, false]);
  });

  it.each(retiredNames.filter((name) => !(name in neededNames)))('has no "%s" in code', (name) => {
    const pattern = patternOf(name);
    const found = namesByFile.flatMap(({ file, names }) =>
      names
        .filter(({ text }) => pattern.test(text))
        .map(({ line, text }) => `${file}:${line || ' comment'}: ${pattern.exec(text)?.[0]}`),
    );
    expect(found).toEqual([]);
  });
});
