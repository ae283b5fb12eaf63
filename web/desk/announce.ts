import { ref, type Ref } from 'vue';

/** What is read out, quietly, without moving anything. */
export const announcement: Ref<string> = ref('');

export function announce(words: string): void {
  // The same words again are read out again.
  announcement.value = announcement.value === words ? `${words}\u00a0` : words;
}
