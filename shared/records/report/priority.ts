import { priorities, type City, type Priority } from '../../config/city.ts';
import { classify, type Lexicon } from './classifier.ts';

/**
 * How urgent a report is before a person says so: its category's priority, or urgent when its words say that
 * somebody is in danger.
 */
export function priorityOf(city: City, category: string, description: string): Priority {
  if (soundsUrgent(city, description)) return 'urgent';
  return city.categories.find(({ code }) => code === category)?.priority ?? 'normal';
}

/** Negative when `a` is more urgent than `b`. */
export function compareUrgency(a: Priority, b: Priority): number {
  return priorities.indexOf(a) - priorities.indexOf(b);
}

/** Whether one of the city's urgent words stands there, and is not denied (`没有人受伤`, `no one injured`). */
function soundsUrgent(city: City, text: string): boolean {
  let lexicon = lexicons.get(city);
  if (!lexicon) lexicons.set(city, (lexicon = lexiconOf(city)));
  return classify(lexicon, text).category === 'urgent';
}

const lexicons = new WeakMap<City, Lexicon>();
const denials = { zh: ['没', '没有', '无', '未', '不是'], en: ['no', 'no one', 'not', 'nobody', 'without'] };

/** Denied words are longer ones with the word inside, which the classifier then does not count. */
function lexiconOf({ urgentWords: { zh, en } }: City): Lexicon {
  const denied = {
    zh: zh.flatMap((word) => denials.zh.map((no) => no + word)),
    en: en.flatMap((word) => denials.en.map((no) => `${no} ${word}`)),
  };
  return {
    unclearCategory: 'calm',
    categories: [
      { code: 'calm', keywords: denied },
      { code: 'urgent', keywords: { zh, en } },
    ],
  };
}
