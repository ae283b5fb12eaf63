import { createI18n, type MessageContext, type MessageFunction } from 'vue-i18n';
import type { LocalizedText } from '../../shared/language/wording.ts';
import en from '../locales/en.json';
import zh from '../locales/zh.json';
import { readStored, writeStored } from '../device/storage.ts';

export type Language = keyof LocalizedText;

const htmlLanguages: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

export const i18n = createI18n({
  legacy: false,
  locale: readStored('language') === 'en' ? 'en' : 'zh',
  fallbackLocale: 'zh',
  messages: { zh, en },
  messageCompiler: fillIn,
});

type Texts = { [key: string]: string | Texts };

/** Adds texts to those that every page has; each page loads its own. */
export function addTexts(texts: Record<Language, Texts>): void {
  for (const of of ['zh', 'en'] as const) i18n.global.mergeLocaleMessage(of, texts[of]);
}

/**
 * A message is text with names in braces, as in `{count}`; `{count|photo|photos}` is the first word for one and the
 * second for any other number. The library's own compiler knows more, and weighs as much as a view.
 */
function fillIn(message: unknown): MessageFunction<string> {
  return ({ named }: MessageContext<string>) =>
    String(message).replace(
      /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
      (_, name: string, one: string | undefined, many: string | undefined) =>
        one === undefined ? String(named(name)) : ((Number(named(name)) === 1 ? one : many) ?? ''),
    );
}

export function language(): Language {
  return i18n.global.locale.value;
}

export function setLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen;
  writeStored('language', chosen);
  applyLanguage();
}

/** Tells the browser, and with it screen readers, which language the page is in. */
export function applyLanguage(): void {
  document.documentElement.lang = htmlLanguages[language()];
}

/** The city's and the API's words come in both languages. */
export function said(words: LocalizedText): string {
  return words[language()];
}
