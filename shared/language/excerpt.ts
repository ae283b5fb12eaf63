import { graphemesOf } from './wording.ts';

const excerptGraphemes = 80;
/** A grapheme may be as long as a text; no list carries more than this of one. */
const excerptUnits = 400;

/** The beginning of a text, for lists. */
export function excerptOf(text: string, most = excerptGraphemes): string {
  // A cut may leave half a character behind, which no table takes.
  const head = text.slice(0, excerptUnits).replace(/[\uD800-\uDBFF]$/, '');
  const graphemes = graphemesOf(head);
  if (head === text && graphemes.length <= most) return text;
  return `${graphemes.slice(0, most - 1).join('')}…`;
}
