import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Lets esbuild leave out the operations of AWS's clients that nobody calls: a tenth of a bundle. Their schemas name
 * some keys by constants (`[_hE]: 404`), and since a computed key might have side effects, esbuild keeps every array
 * that has one. With the constants' texts in their place nothing can, and the code does the same.
 */
export const shakenSchemas: Plugin = {
  name: 'shaken-schemas',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const texts = new Map(
        [...source.matchAll(/^const (\w+) = ("(?:[^"\\]|\\.)*");$/gm)].map(([, name = '', text = '']) => [
          name,
          text,
        ]),
      );
      return {
        contents: source.replaceAll(/\[(\w+)\]: /g, (key, name: string) => {
          const text = texts.get(name);
          return text === undefined ? key : `${text}: `;
        }),
      };
    });
  },
};
