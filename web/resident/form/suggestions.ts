import { computed, shallowRef, watch, type ComputedRef } from 'vue';
import type { Lexicon } from '../../../shared/records/report/classifier.ts';
import { city } from '../../api/city.ts';
import { draft } from './draft.ts';

const pauseMilliseconds = 300;
/** Below these, a first or a further guess would be noise. */
const leastConfidence = { first: 0.4, further: 0.2 };
const most = 3;

/** The categories that the description may be about, the likeliest first. */
export const suggestions = shallowRef<string[]>([]);

/** The category that the report is taken to have: the chosen one, else the likeliest. */
export const likelyCategory: ComputedRef<string | undefined> = computed(
  () => draft.category || suggestions.value[0],
);

/** The words that the city gives away are fewer than its own, so this is a hint, and never sent unasked. */
const lexicon = computed((): Lexicon => ({
  unclearCategory: '',
  categories: (city.value?.categories ?? []).map(({ code, hints }) => ({ code, keywords: hints })),
}));

let timer: ReturnType<typeof setTimeout> | undefined;
watch(
  () => [draft.description, lexicon.value] as const,
  () => {
    clearTimeout(timer);
    timer = setTimeout(() => void suggest(), pauseMilliseconds);
  },
  { immediate: true },
);

async function suggest(): Promise<void> {
  if (draft.description.trim().length < 2) {
    suggestions.value = [];
    return;
  }
  // Not among what the page needs to open. Without a connection there are no suggestions.
  const loaded = await import('../../../shared/records/report/classifier.ts').catch(() => undefined);
  if (!loaded) return;
  const { alternatives, ...first } = loaded.classify(lexicon.value, draft.description);
  const found = [
    ...(first.confidence >= leastConfidence.first ? [first] : []),
    ...alternatives.filter(({ confidence }) => confidence >= leastConfidence.further),
  ];
  const codes = found.slice(0, most).map(({ category }) => category);
  // The same list again would have the page ask again for what is close by.
  if (codes.join() !== suggestions.value.join()) suggestions.value = codes;
}
