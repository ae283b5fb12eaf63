import { ref, type Ref } from 'vue';

/** The text of the page's live region, read out by screen readers. */
export const announcement: Ref<string> = ref('');

export function announce(words: string): void {
  // A repeated text must differ, or screen readers would not read it again.
  announcement.value = announcement.value === words ? `${words}\u00a0` : words;
}
