import { visibleCharacterCount } from '../../../shared/language/characters.ts';
import { computed, shallowRef, watch, type ComputedRef } from 'vue';
import type { Lexicon } from '../../../shared/records/report/classifier.ts';
import { city } from '../../api/city.ts';
import { draft } from './draft.ts';

const debounceMilliseconds = 300;
/** Suggestions below these are not shown. */
const minConfidence = { first: 0.4, further: 0.2 };
const maxSuggestions = 3;

/** Category codes suggested by the description, the likeliest first. */
export const suggestions = shallowRef<string[]>([]);

/** The chosen category, or else the likeliest. */
export const likelyCategory: ComputedRef<string | undefined> = computed(
  () => draft.category || suggestions.value[0],
);

/** The city publishes only part of its keywords, so a suggestion is never sent unless the resident chooses it. */
const lexicon = computed((): Lexicon => ({
  unclearCategory: '',
  categories: (city.value?.categories ?? []).map(({ code, hints }) => ({ code, keywords: hints })),
}));

let timer: ReturnType<typeof setTimeout> | undefined;
watch(
  () => [draft.description, lexicon.value] as const,
  () => {
    clearTimeout(timer);
    timer = setTimeout(() => void suggest(), debounceMilliseconds);
  },
  { immediate: true },
);

async function suggest(): Promise<void> {
  if (visibleCharacterCount(draft.description) < 2) {
    suggestions.value = [];
    return;
  }
  // Loaded later than the page. Without a connection there are no suggestions.
  const loaded = await import('../../../shared/records/report/classifier.ts').catch(() => undefined);
  if (!loaded) return;
  const { alternatives, ...first } = loaded.classify(lexicon.value, draft.description);
  const found = [
    ...(first.confidence >= minConfidence.first ? [first] : []),
    ...alternatives.filter(({ confidence }) => confidence >= minConfidence.further),
  ];
  const codes = found.slice(0, maxSuggestions).map(({ category }) => category);
  // Assigning an equal list would trigger another search for nearby reports.
  if (codes.join() !== suggestions.value.join()) suggestions.value = codes;
}
