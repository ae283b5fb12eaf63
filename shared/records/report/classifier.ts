import type { Category, City } from '../../config/city.ts';
import { foldText } from '../../language/fold-text.ts';

export type CategoryGuess = { category: string; confidence: number };

/** The category of a text with a confidence from 0 to 1, and at most three alternatives, the likeliest first. */
export type Classification = CategoryGuess & { alternatives: CategoryGuess[] };

/** The part of a city's configuration that the classifier needs. */
export type Lexicon = Pick<City, 'unclearCategory'> & { categories: Pick<Category, 'code' | 'keywords'>[] };

/**
 * Guesses a report's category from the categories' keywords.
 *
 * Every keyword found is evidence for its category: the more the longer it is, the fewer other categories'
 * keywords contain it, and the earlier it stands. One that only says where (`医院门口`, `near the hospital`) is
 * little. A keyword inside a longer one that was found as well (`路灯` in
 * `小区路灯`) is none. The confidence is the share of the best category in all evidence, lessened when there is
 * little of it; two categories with equal evidence therefore never reach one half. Without any evidence the
 * answer is the city's `unclearCategory` with confidence 0.
 *
 * Deterministic, and linear in the text's length. The keywords are compiled at a city's first text.
 */
export function classify(city: Lexicon, text: string): Classification {
  const model = modelOf(city);
  const evidence = new Array<number>(city.categories.length).fill(0);
  const seen = new Map<Pattern, number>();
  const units = unitsOf(text);
  for (const { pattern, spans } of matches(model, units)) {
    const start = spans[0]?.start ?? 0;
    const isPlace = spans.some((span) => namesPlace(units, span));
    const times = (seen.get(pattern) ?? 0) + 1;
    seen.set(pattern, times);
    // Each repetition adds less.
    const early = 1 + earlyBonus * Math.exp(-start / earlyUnits);
    const weight = (pattern.weight * early * (isPlace ? placeFactor : 1)) / times ** 2;
    for (const category of pattern.categories) evidence[category] = (evidence[category] ?? 0) + weight;
  }
  const ranked = city.categories
    .map(({ code }, index) => ({ code, strength: evidence[index] ?? 0 }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength);
  const best = ranked[0];
  if (best === undefined) return { category: city.unclearCategory, confidence: 0, alternatives: [] };

  const enough = 1 - Math.exp(-best.strength / typicalStrength);
  const total = ranked.reduce((sum, { strength }) => sum + strength ** sharpness, 0);
  const guesses = ranked.slice(0, 4).map(({ code, strength }) => ({
    category: code,
    confidence: Math.round(((enough * strength ** sharpness) / total) * 1000) / 1000,
  }));
  const [first, ...alternatives] = guesses;
  return { ...(first ?? { category: best.code, confidence: 0 }), alternatives };
}

/** The extra weight of a mention at the very start, and the units after which a third of it is left. */
const earlyBonus = 0.25;
const earlyUnits = 40;
/** Evidence of this strength gives a confidence of two thirds; an ordinary keyword has 1 or a little more. */
const typicalStrength = 0.85;
/** The factor for a keyword that only names a place: `学校旁边`, `behind the school`. */
const placeFactor = 0.3;
/** Exponent of the evidence: a higher one favours the best category more. */
const sharpness = 2;
/** How many units a gap `…` in a keyword spans at most. */
const widestGap = 10;

/** A keyword of one or several categories. `parts` are separated by its gaps `…`; most have one. */
type Pattern = { parts: number[]; categories: number[]; weight: number };

type Node = { next: Map<string, Node>; part?: number };

type Model = {
  /** All parts of all keywords, by unit. */
  trie: Node;
  /** The patterns that begin with each part. */
  startingWith: Pattern[][];
};

const models = new WeakMap<Lexicon, Model>();

function modelOf(city: Lexicon): Model {
  const known = models.get(city);
  if (known) return known;
  const model = compile(city);
  models.set(city, model);
  return model;
}

function compile(city: Lexicon): Model {
  const trie: Node = { next: new Map() };
  const partNumbers = new Map<Node, number>();
  const keywords = new Map<string, { parts: number[]; categories: Set<number>; units: string[][] }>();
  city.categories.forEach((category, index) => {
    for (const words of [...category.keywords.zh, ...category.keywords.en]) {
      const units = words.split(gap).map((part) => unitsOf(part).filter((unit) => unit !== pause));
      // Only punctuation or stop words.
      if (units.some((part) => part.length === 0)) continue;
      const parts = units.map((part) => partNumber(trie, part, partNumbers));
      const keyword = keywords.get(parts.join()) ?? { parts, categories: new Set(), units };
      keyword.categories.add(index);
      keywords.set(parts.join(), keyword);
    }
  });

  // A part is weak evidence if keywords of many categories contain it, alone or within a longer one.
  const usedBy = Array.from(partNumbers, () => new Set<number>());
  for (const { units, categories } of keywords.values())
    for (const { part } of units.flatMap((of) => partHits(trie, of)))
      for (const category of categories) usedBy[part]?.add(category);

  const startingWith = usedBy.map((): Pattern[] => []);
  const all = city.categories.length + 1;
  for (const { parts, categories, units } of keywords.values()) {
    const sharedBy = Math.max(categories.size, Math.min(...parts.map((part) => usedBy[part]?.size ?? 1)));
    const rarity = Math.log(all / sharedBy) / Math.log(all);
    const length = units.flat().reduce((sum, unit) => sum + unitLength(unit), 0);
    // A single character is weak evidence; two, or one English word, have weight 1.
    const weight = rarity * (length < 2 ? 0.5 : Math.sqrt(length / 2));
    startingWith[parts[0] ?? 0]?.push({ parts, categories: [...categories], weight });
  }
  return { trie, startingWith };
}

function partNumber(trie: Node, units: string[], numbers: Map<Node, number>): number {
  let node = trie;
  for (const unit of units) {
    const next: Node = node.next.get(unit) ?? { next: new Map() };
    node.next.set(unit, next);
    node = next;
  }
  node.part ??= numbers.size;
  numbers.set(node, node.part);
  return node.part;
}

type Hit = { part: number; start: number; end: number };

/** Every keyword part in the units, in order of its start, then of its length. */
function partHits(trie: Node, units: string[]): Hit[] {
  const hits: Hit[] = [];
  for (let start = 0; start < units.length; start += 1) {
    let node: Node | undefined = trie;
    for (let at = start; at < units.length; at += 1) {
      node = node.next.get(units[at] ?? pause);
      if (!node) break;
      if (node.part !== undefined) hits.push({ part: node.part, start, end: at + 1 });
    }
  }
  return hits;
}

type Match = { pattern: Pattern; spans: Hit[] };

function matches(model: Model, units: string[]): Match[] {
  const hits = partHits(model.trie, units);
  const present = new Set(hits.map(({ part }) => part));
  const found = hits.flatMap((hit, index) =>
    (model.startingWith[hit.part] ?? []).flatMap((pattern) => {
      if (!pattern.parts.every((part) => present.has(part))) return [];
      const spans = spansFrom(pattern, hits, index);
      return spans ? [{ pattern, spans }] : [];
    }),
  );
  return withoutContained(found, units.length);
}

/** The positions of the pattern's parts, if its first is the hit at `index` and the others follow within the gap. */
function spansFrom(pattern: Pattern, hits: Hit[], index: number): Hit[] | undefined {
  const first = hits[index];
  if (!first) return undefined;
  const spans = [first];
  let last = first;
  let at = index;
  for (const part of pattern.parts.slice(1)) {
    let hit: Hit | undefined;
    do {
      at += 1;
      hit = hits[at];
      if (!hit || hit.start > last.end + widestGap) return undefined;
    } while (hit.part !== part || hit.start < last.end);
    spans.push(hit);
    last = hit;
  }
  return spans;
}

/** Drops keywords within a longer one, or within a part of one with gaps. */
function withoutContained(found: Match[], length: number): Match[] {
  // The furthest end of all hits that start at a position, and of those that start at or before it.
  const ends = new Array<number>(length + 1).fill(0);
  const gappedEnds = new Array<number>(length + 1).fill(0);
  for (const { pattern, spans } of found)
    for (const { start, end } of spans) {
      ends[start] = Math.max(ends[start] ?? 0, end);
      if (pattern.parts.length > 1) gappedEnds[start] = Math.max(gappedEnds[start] ?? 0, end);
    }
  const endsUpTo = furthest(ends);
  const gappedEndsUpTo = furthest(gappedEnds);
  return found.filter(({ pattern, spans: [span] }) => {
    if (pattern.parts.length > 1 || span === undefined) return true;
    const { start, end } = span;
    const before = start === 0 ? 0 : (endsUpTo[start - 1] ?? 0);
    return before < end && (ends[start] ?? 0) <= end && (gappedEndsUpTo[start] ?? 0) < end;
  });
}

/** Chinese has "beside" after the noun, English before it (`to` and `of` are stop words: next to, in front of). */
function namesPlace(units: string[], { start, end }: Hit): boolean {
  return (
    besideAfter.has(`${units[end] ?? pause}${units[end + 1] ?? pause}`) ||
    besideBefore.has(units[start - 1] ?? pause)
  );
}

const besideAfter = new Set(
  '旁边 门口 附近 后面 后门 后边 对面 前面 前边 门前 周边 周围 隔壁 外面 路口 那边 边上 楼下 背后 一带 北门 南门 东门 西门'.split(
    ' ',
  ),
);
const besideBefore = new Set([
  'near',
  'behind',
  'besid',
  'outsid',
  'opposit',
  'around',
  'front',
  'past',
  'next',
]);

function furthest(ends: number[]): number[] {
  let most = 0;
  return ends.map((end) => (most = Math.max(most, end)));
}

/** Stands for punctuation: keyword parts do not cross it, gaps may. */
const pause = '';
const gap = /…+|\.{3,}/;

/**
 * The units that keywords are matched by: a Chinese character, or the stem of a word of another script. Blanks and
 * English stop words are dropped.
 */
function unitsOf(text: string): string[] {
  const units: string[] = [];
  for (const [unit] of foldText(text).matchAll(unitPattern)) {
    if (han.test(unit)) units.push(unit);
    else if (!wordStart.test(unit)) units.push(pause);
    else if (!stopWords.has(unit)) units.push(stem(unit));
  }
  return units;
}

const unitPattern = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+|[^\s'’-]/gu;
const han = /^\p{Script=Han}/u;
const wordStart = /^[\p{L}\p{M}\p{N}]/u;

/** A word of another script counts as two characters. */
function unitLength(unit: string): number {
  return han.test(unit) ? 1 : 2;
}

const stopWords = new Set(
  (
    'a an the my our your his her its their this that these those i we you he she it they is are was were be been ' +
    'am has have had do does did will would can could should may might of in on at to for from by with and or so ' +
    'very too just all any some there here when while again still now s t'
  ).split(' '),
);

/** Words that are not stemmed: their ending is no inflection, or they mean something else without it. */
const unstemmed = new Set(
  (
    'parking building heating lighting housing ceiling morning evening wedding bedding string thing nothing ' +
    'something anything during fired gas bus this news wireless need feed speed weed seed indeed red bed'
  ).split(' '),
);

/** A simple English stemmer: plural, `-ed`, `-ing`. Other words and scripts are returned unchanged. */
function stem(word: string): string {
  if (word.length < 4 || unstemmed.has(word) || !/^[a-z]+$/.test(word)) return word;
  const bare = word.replace(/(?:(?<=[^aeiou])ies|(?<=ss|x|ch|sh|z)es|(?<=[^su])s)$/, (end) =>
    end === 'ies' ? 'y' : '',
  );
  if (unstemmed.has(bare)) return bare;
  const root = bare.replace(/(?:ing|ed)$/, '');
  if (root === bare || root.length < 3 || !/[aeiouy]/.test(root)) return dropE(bare);
  // Blocked and blocking are block; dropped is drop; dumped and dumping are dump.
  return dropE(/([bdgmnprt])\1$/.test(root) ? root.slice(0, -1) : root);
}

/** Drops a final e, so that `cable` matches `cabl(ed)` and `damage` matches `damag(ed)`. */
function dropE(word: string): string {
  return word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word;
}
