import { priorities, type City, type Priority } from '../../config/city.ts';
import { classify, type Lexicon } from './classifier.ts';

/**
 * The priority of a report unless a person sets it: its category's, or urgent when its text mentions danger to
 * somebody.
 */
export function priorityOf(city: City, category: string, description: string): Priority {
  if (soundsUrgent(city, description)) return 'urgent';
  return city.categories.find(({ code }) => code === category)?.priority ?? 'normal';
}

/** Negative when `a` is more urgent than `b`. */
export function compareUrgency(a: Priority, b: Priority): number {
  return priorities.indexOf(a) - priorities.indexOf(b);
}

/** Whether the text contains one of the city's urgent words that is not negated (`没有人受伤`, `no one injured`). */
function soundsUrgent(city: City, text: string): boolean {
  let lexicon = lexicons.get(city);
  if (!lexicon) lexicons.set(city, (lexicon = lexiconOf(city)));
  return classify(lexicon, text).category === 'urgent';
}

const lexicons = new WeakMap<City, Lexicon>();
const negators = { zh: ['没', '没有', '无', '未', '不是'], en: ['no', 'no one', 'not', 'nobody', 'without'] };

/** Negated words are longer keywords that contain the word, so the classifier ignores the word itself. */
function lexiconOf({ urgentWords: { zh, en } }: City): Lexicon {
  const negated = {
    zh: zh.flatMap((word) => negators.zh.map((no) => no + word)),
    en: en.flatMap((word) => negators.en.map((no) => `${no} ${word}`)),
  };
  return {
    unclearCategory: 'calm',
    categories: [
      { code: 'calm', keywords: negated },
      { code: 'urgent', keywords: { zh, en } },
    ],
  };
}
