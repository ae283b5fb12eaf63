import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import en from '../../web/locales/en.json' with { type: 'json' };
import zh from '../../web/locales/zh.json' with { type: 'json' };

type Texts = { [key: string]: string | Texts };

/** Every text by its full key, as in `send.again`. */
function flat(texts: Texts, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) =>
      typeof text === 'string' ? [[prefix + key, text] as const] : [...flat(text, `${prefix}${key}.`)],
    ),
  );
}

function placeholders(text: string | undefined): string[] {
  return [...(text ?? '').matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
}

describe("the pages' texts", () => {
  const [chinese, english] = [flat(zh), flat(en)];
  const sources: string[] = [];

  beforeAll(async () => {
    const web = join(import.meta.dirname, '../../web');
    for await (const file of glob('**/*.{vue,ts}', { cwd: web }))
      sources.push(readFileSync(join(web, file), 'utf8'));
  });

  it('exist in both languages, with the same gaps to fill', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    for (const [key, text] of chinese)
      expect([key, placeholders(english.get(key))]).toEqual([key, placeholders(text)]);
  });

  it('say something, each in its own language', () => {
    const otherwise = ['app.otherLanguage', 'follow.pathSeparator', 'follow.placeSeparator'];
    for (const [key, text] of chinese) {
      // Gaps and what stands between them, as in `{name}, {place}`, have no language.
      if (otherwise.includes(key) || /^(?:\{\w+\}|[^\p{L}{])+$/u.test(text)) continue;
      expect([key, text]).toEqual([key, expect.stringMatching(/\p{Script=Han}/u)]);
      expect([key, english.get(key)]).toEqual([key, expect.stringMatching(/^[^\p{Script=Han}]+$/u)]);
    }
  });

  it('are all there that the pages ask for, and none besides', () => {
    const asked = sources.flatMap((source) => [...source.matchAll(/\bt\(\s*(?:'([^']+)'|`([^`]+)`)/g)]);
    const conditional = sources.flatMap((source) => [
      ...source.matchAll(/\bt\([^`()?]+\? '([^']+)' : '([^']+)'/g),
    ]);
    const keys = new Set([
      ...asked.map(([, key]) => key).filter((key) => key !== undefined),
      ...conditional.flatMap(([, one = '', other = '']) => [one, other]),
    ]);
    // A part that is known only when the page runs, as in `levels.${level}`.
    const patterns = [
      ...asked.map(([, , template]) => template).filter((template) => template !== undefined),
      // Looked up by what the API answers, and only where there is a text.
      'fieldProblems.${code}',
    ].map(
      (template) => new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w-]*')}$`),
    );

    expect([...keys].filter((key) => !chinese.has(key))).toEqual([]);
    for (const pattern of patterns)
      expect([pattern, [...chinese.keys()].some((key) => pattern.test(key))]).toEqual([pattern, true]);
    const idle = [...chinese.keys()].filter(
      (key) => !keys.has(key) && !patterns.some((pattern) => pattern.test(key)),
    );
    expect(idle).toEqual([]);
  });
});
