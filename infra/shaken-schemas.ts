import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Lets esbuild tree-shake the unused operations of AWS's clients: a tenth of a bundle. Their schemas have computed keys
 * (`[_hE]: 404`), which might have side effects, so esbuild keeps every array that has one. This plugin replaces the
 * constants with their string values, which does not change what the code does.
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
