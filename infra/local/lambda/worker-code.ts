import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

/**
 * The worker's modules as JavaScript, compiled once here. A worker that loads TypeScript takes 12 MB more, since each
 * one loads the compiler too.
 */
export function workerCode(): URL {
  const script = (file: URL): string => stripTypeScriptTypes(readFileSync(file, 'utf8'));
  const dataUrl = (code: string): string =>
    `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
  const code = script(new URL('./worker.ts', import.meta.url))
    .replace('./console.ts', dataUrl(script(new URL('./console.ts', import.meta.url))))
    .replace('./virtual-date.ts', dataUrl(script(new URL('./virtual-date.ts', import.meta.url))));
  return new URL(dataUrl(code));
}
