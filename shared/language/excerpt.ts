import { graphemesOf } from './wording.ts';

const excerptGraphemes = 80;
/** A grapheme may be arbitrarily long, so an excerpt is also limited in UTF-16 units. */
const excerptUnits = 400;

/** The beginning of a text, for lists. */
export function excerptOf(text: string, most = excerptGraphemes): string {
  // The cut may leave half a surrogate pair, which DynamoDB refuses.
  const head = text.slice(0, excerptUnits).replace(/[\uD800-\uDBFF]$/, '');
  const graphemes = graphemesOf(head);
  if (head === text && graphemes.length <= most) return text;
  return `${graphemes.slice(0, most - 1).join('')}…`;
}
