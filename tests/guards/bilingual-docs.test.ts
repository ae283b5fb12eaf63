import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (page: string): string => readFileSync(resolve(root, page), 'utf8');

/** Pages in two files: Chinese in `docs/NAME.md`, English in `docs/NAME.en.md`. */
const english = globSync('docs/**/*.en.md', { cwd: root }).sort();
const chineseOf = (page: string): string => page.replace(/\.en\.md$/, '.md');

/** Pages with both languages in one file, by the number of their sections that are for users and operators. */
const mixed: readonly [page: string, sections: number][] = [
  ['README.md', Infinity],
  ['SECURITY.md', Infinity],
  ['CONTRIBUTING.md', 2],
];

const chinese = /\p{Script=Han}/u;
const latinWord = /\p{Script=Latin}{2,}/gu;

type Block = { kind: 'heading' | 'code' | 'row' | 'item' | 'paragraph' | 'anchor'; text: string };

/** The blocks of a page in their order. A table's rows and a list's items are a block each. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  for (const part of page.split(/^(```[^]*?^```)$/m))
    if (part.startsWith('```')) blocks.push({ kind: 'code', text: withoutComments(part) });
    else for (const paragraph of part.split(/\n\s*\n/)) blocks.push(...linesOf(paragraph));
  return blocks;
}

function linesOf(paragraph: string): Block[] {
  const blocks: Block[] = [];
  for (const line of paragraph.split('\n').map((each) => each.trim())) {
    const last = blocks.at(-1);
    if (line === '' || /^[|\s-]+$/.test(line)) continue;
    if (line.startsWith('#')) blocks.push({ kind: 'heading', text: line });
    else if (line.startsWith('<a id=')) blocks.push({ kind: 'anchor', text: line });
    else if (line.startsWith('|')) blocks.push({ kind: 'row', text: line });
    else if (/^(-|\d+\.) /.test(line)) blocks.push({ kind: 'item', text: line.replace(/^(-|\d+\.) /, '') });
    else if (last) last.text += `\n${line}`;
    else blocks.push({ kind: 'paragraph', text: line });
  }
  return blocks;
}

/** A command's comment is in the page's language. */
function withoutComments(code: string): string {
  return code.replaceAll(/^#.*\n|[ \t]{2,}(?:#|\/\/).*$/gm, '');
}

const sorted = (texts: Iterable<string>): string[] => [...new Set(texts)].sort();

/** What must be the same whatever the language: code, numbers, and where links lead. */
function factsOf(text: string): { codes: string[]; numbers: string[]; links: string[] } {
  const links = [...text.matchAll(/\]\(([^)#]*)(?:#[^)]*)?\)/g)].map(([, to = '']) => chineseOf(to));
  const withoutLinks = text.replaceAll(/\]\([^)]*\)/g, ']');
  const codes = [...withoutLinks.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
  const prose = withoutLinks.replaceAll(/`[^`]+`/g, '');
  return {
    codes: sorted(codes),
    numbers: sorted(prose.match(/\d+(?:[.:]\d+)*/g) ?? []),
    links: sorted(links),
  };
}

const proseOf = (text: string): string => text.replaceAll(/`[^`]+`|\]\([^)]*\)/g, '');
const wordsIn = (text: string): number => proseOf(text).match(latinWord)?.length ?? 0;

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(page: string): string[] {
  return blocksOf(page).flatMap(({ kind, text }) => {
    if (kind === 'anchor') return [/id="([^"]+)"/.exec(text)?.[1] ?? ''];
    return kind === 'heading' ? [anchorOf(text)] : [];
  });
}

describe('a page in two languages', () => {
  it('is found', () => {
    expect(english.length).toBeGreaterThan(0);
    for (const page of english) expect(existsSync(resolve(root, chineseOf(page))), page).toBe(true);
  });

  describe.each(english)('%s', (page) => {
    const [zh, en] = [blocksOf(read(chineseOf(page))), blocksOf(read(page))];

    it('has the same sections, paragraphs, tables and lists', () => {
      const shape = (blocks: Block[]): string[] =>
        blocks.map(({ kind, text }) => (kind === 'heading' ? (/^#+/.exec(text)?.[0] ?? '') : kind));
      expect(shape(zh)).toEqual(shape(en));
    });

    it('has the same code, anchors, numbers and links in each', () => {
      // The first paragraph leads to the other language.
      for (const [at, { kind, text }] of zh.entries()) {
        const other = en[at]?.text ?? '';
        if (at === 1) expect([text, other].map((one) => one.includes('.md)'))).toEqual([true, true]);
        else if (kind === 'code' || kind === 'anchor') expect(text).toBe(other);
        else expect(factsOf(text), `${text}\n${other}`).toEqual(factsOf(other));
      }
    });

    it('is Chinese in the one and English in the other', () => {
      for (const [at, { kind, text }] of zh.entries()) {
        const other = en[at]?.text ?? '';
        if (kind === 'code' || kind === 'anchor' || at === 1) continue;
        if (wordsIn(other) >= 3 || kind === 'heading') expect(proseOf(text)).toMatch(chinese);
        if (chinese.test(proseOf(text))) expect(wordsIn(other), text).toBeGreaterThan(0);
      }
    });
  });

  it.each(mixed)('%s has both languages in each section', (page, sections) => {
    const found = read(page)
      .split(/^(?=#+ )/m)
      .slice(0, sections);
    for (const section of found) {
      const [heading = ''] = section.split('\n');
      const prose = proseOf(section.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/<[^>]+>/g, ''));
      expect(prose, heading).toMatch(chinese);
      expect(wordsIn(prose), heading).toBeGreaterThan(0);
    }
  });

  const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
  it.each(pages)('%s links to sections that are there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    for (const [link, file = '', anchor = ''] of links)
      expect(anchorsOf(read(file === '' ? page : join(dirname(page), file))), link).toContain(anchor);
  });
});
