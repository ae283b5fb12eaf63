import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig, type Plugin } from 'vite';
import { deskRules } from './desk-rules.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Wraps the script tag in each page's index.html with the shared template, page.html. */
const pageTemplate: Plugin = {
  name: 'page-template',
  transformIndexHtml: {
    order: 'pre',
    handler: (script) => readFileSync(here('page.html'), 'utf8').replace('<!-- script -->', script.trim()),
  },
};

/** Provides `virtual:desk-rules`, the part of the rules that the desk page uses. */
const deskRulesModule: Plugin = {
  name: 'desk-rules',
  resolveId: (id) => (id === 'virtual:desk-rules' ? `\0${id}` : undefined),
  load: (id) =>
    id === '\0virtual:desk-rules' ? `export default ${JSON.stringify(deskRules())};` : undefined,
};

export default defineConfig(({ command }) => {
  // A build is always for production, even when a test runner with another NODE_ENV starts it.
  if (command === 'build') process.env['NODE_ENV'] = 'production';
  return {
    root: here('.'),
    plugins: [vue(), pageTemplate, deskRulesModule],
    define: {
      // Features of the libraries that these pages do not use.
      __VUE_OPTIONS_API__: false,
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
      __VUE_I18N_LEGACY_API__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      // language/i18n.ts has its own message compiler.
      __INTLIFY_DROP_MESSAGE_COMPILER__: true,
    },
    build: {
      outDir: here('../dist/web'),
      // Separate pages: none loads code that only another needs.
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
      // The Content-Security-Policy forbids inlined (`data:`) assets.
      assetsInlineLimit: 0,
      // The board's charts exceed the default. They load last; tests limit the size of what loads first.
      chunkSizeWarningLimit: 700,
      modulePreload: { polyfill: false },
    },
    server: { proxy: { '/api': 'http://127.0.0.1:3000' } },
  };
});
