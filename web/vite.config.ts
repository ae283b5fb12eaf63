import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';
import { deskRules } from './desk-rules.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Every page is page.html around its own script, which is all that its index.html holds. */
const aroundScripts: Plugin = {
  name: 'around-scripts',
  transformIndexHtml: {
    order: 'pre',
    handler: (script) => readFileSync(here('page.html'), 'utf8').replace('<!-- script -->', script.trim()),
  },
};

/** `virtual:desk-rules`: what the desk's page is told of the rules. */
const rulesOfDesk: Plugin = {
  name: 'desk-rules',
  resolveId: (id) => (id === 'virtual:desk-rules' ? `\0${id}` : undefined),
  load: (id) =>
    id === '\0virtual:desk-rules' ? `export default ${JSON.stringify(deskRules())};` : undefined,
};

export default defineConfig(({ command }) => {
  // What is built is the production page, also when a test runner, whose NODE_ENV is its own, has it built.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    root: here('.'),
    plugins: [vue(), aroundScripts, rulesOfDesk],
    define: {
      // Parts of the libraries that these pages do without.
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
      __VUE_I18N_LEGACY_API__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      // language/i18n.ts brings its own.
      __INTLIFY_DROP_MESSAGE_COMPILER__: true,
    },
    build: {
      outDir: here('../dist/web'),
      // One page a purpose: none loads what only another needs.
      rolldownOptions: {
        input: {
          resident: here('index.html'),
          desk: here('desk/index.html'),
          board: here('board/index.html'),
        },
      },
      emptyOutDir: true,
      // Browsers of phones sold since about 2020.
      target: ['chrome87', 'safari14', 'firefox78'],
      // The Content-Security-Policy lets no page load what is written into it.
      assetsInlineLimit: 0,
      // The board's charts, which load after everything else. What loads first has a limit of its own in the tests.
      chunkSizeWarningLimit: 700,
      modulePreload: { polyfill: false },
    },
    server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
  };
});
