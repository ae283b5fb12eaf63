import { describe, expect, it } from 'vitest';
import { firstLoad, pages, type PageName } from '../support/first-load.ts';

describe('the first load of a page', () => {
  it.each([
    ['resident', 120_000],
    ['desk', 150_000],
    ['board', 150_000],
  ] as const)('of %s has at most %i compressed bytes', (page, limit) => {
    const files = firstLoad(page);
    expect(files.filter(({ name }) => name.endsWith('.js'))).not.toEqual([]);
    expect(files.filter(({ name }) => name.endsWith('.css'))).not.toEqual([]);
    expect(files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)).toBeLessThanOrEqual(limit);
  });

  it.each(Object.keys(pages) as PageName[])('of %s contains no files of another page', (page) => {
    const names = firstLoad(page).map(({ name }) => name.replace(/-[\w-]{8}\.(js|css)$/, ''));
    expect(names.filter((name) => name in pages)).toEqual([page, page]);
    // Charts and maps are loaded when they are shown.
    expect(names.filter((name) => /echarts|map/.test(name))).toEqual([]);
  });

  it('contains sign-in code on staff pages only', () => {
    const signsIn = (page: PageName): boolean =>
      firstLoad(page).some(({ text }) => text.includes('code_verifier'));
    expect({ resident: signsIn('resident'), desk: signsIn('desk'), board: signsIn('board') }).toEqual({
      resident: false,
      desk: true,
      board: true,
    });
  });
});
