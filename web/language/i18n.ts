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

/** Adds a page's own texts to those that all pages share. */
export function addTexts(texts: Record<Language, Texts>): void {
  for (const of of ['zh', 'en'] as const) i18n.global.mergeLocaleMessage(of, texts[of]);
}

/**
 * A message is text with placeholders such as `{count}`; `{count|photo|photos}` is the first word for one and the
 * second for any other number. The library's own message compiler does more, and is as large as a whole view.
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

/** Sets the language of the document, for the browser and screen readers. */
export function applyLanguage(): void {
  document.documentElement.lang = htmlLanguages[language()];
}

/** A text of the city or the API in the page's language. */
export function localized(words: LocalizedText): string {
  return words[language()];
}
