import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const built = resolve(import.meta.dirname, '..', '..', 'dist', 'web');

/** The path of each page's document in the build. */
export const pages = { resident: 'index.html', desk: 'desk/index.html', board: 'board/index.html' };
export type PageName = keyof typeof pages;

/** The scripts and styles that a page's document loads, from the last build. */
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
