import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pages as madePages, writtenPage } from '../../infra/docs.ts';
import { cityShape } from '../../shared/config/city-shape.ts';
import { alertContact } from '../../shared/config/parts.ts';
import { runbookPages } from '../../infra/constructs/alarm-topic.ts';

const root = resolve(import.meta.dirname, '..', '..');
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(resolve(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

describe('the docs', () => {
  it.each(Object.entries(madePages))('have %s as the rules make it (npm run docs)', (name, make) => {
    expect(writtenPage(name)).toBe(make());
  });

  it.each(pages)('%s has no broken links', (page) => {
    const text = readFileSync(resolve(root, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(resolve(root, dirname(page), link)))).toEqual([]);
  });

  it('show parts of a city file that are of its form', () => {
    const page = readFileSync(resolve(root, 'docs/city.md'), 'utf8');
    const examples = [...page.matchAll(/^```json\n([^]*?)^```/gm)];
    expect(examples.length).toBeGreaterThan(10);
    // `alerts` is a part of areas and departments.
    const part = cityShape.partial().extend({ alerts: alertContact.optional() });
    for (const [, example = ''] of examples) {
      const document: unknown = JSON.parse(example.startsWith('{') ? example : `{${example}}`);
      expect(part.safeParse(document).error, example).toBeUndefined();
    }
  });

  it('have a section of the runbook for every alarm', () => {
    const runbook = readFileSync(resolve(root, 'docs/runbook.md'), 'utf8');
    for (const page of runbookPages) expect(runbook).toContain(`\n<a id="${page}"></a>\n`);
  });

  it.each(['dead-letters', 'parked-messages', 'relay-failed'])('name the command to use for %s', (page) => {
    const runbook = readFileSync(resolve(root, 'docs/runbook.md'), 'utf8');
    const section = runbook.split(/^(?=<a id=)/m).find((text) => text.startsWith(`<a id="${page}">`));
    expect(section).toMatch(/npm run ops -- dlq (show|redrive|discard) /);
  });

  it('name only commands in package.json', () => {
    const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const page of pages) {
      const text = readFileSync(resolve(root, page), 'utf8');
      for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g))
        expect(scripts, page).toHaveProperty([name]);
    }
  });
});
