/** How many characters a text has, counted as code points: an emoji is one. Pages and the API count alike. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}

/** Characters that show nothing. Among them are U+3164, which is a letter, and U+2800, which is a symbol. */
const invisible = /[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/gu;

/** How many characters of a text can be seen; none where there are only combining marks. */
export function visibleCharacterCount(text: string): number {
  const visible = text.replaceAll(invisible, '');
  return /[\p{L}\p{N}\p{P}\p{S}\p{Co}]/u.test(visible) ? characterCount(visible) : 0;
}
