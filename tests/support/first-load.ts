import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const built = resolve(import.meta.dirname, '..', '..', 'dist', 'web');

/** Where each page's document lies among the built ones. */
export const pages = { resident: 'index.html', desk: 'desk/index.html', board: 'board/index.html' };
export type PageName = keyof typeof pages;

/** What a page cannot do without: the scripts and styles that its document names, as it was built last. */
export function firstLoad(page: PageName): { name: string; text: string; gzipBytes: number }[] {
  const document = readFileSync(join(built, pages[page]), 'utf8');
  return [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map(([, path = '']) => {
    const bytes = readFileSync(join(built, path));
    return {
      name: path.replace('/assets/', ''),
      text: bytes.toString('utf8'),
      gzipBytes: gzipSync(bytes).length,
    };
  });
}
