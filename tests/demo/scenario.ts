import type { Area } from '../../shared/config/city.ts';
import { gcj02ToWgs84 } from '../../shared/place/gcj02.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import { seededRandom, type Random } from './random.ts';
import {
  answers,
  comments,
  declineReasons,
  extensionReasons,
  followUps,
  raiseReasons,
  reopenReasons,
  rejectReasons,
  resolutions,
  residentNotes,
  returnReasons,
  staffNotes,
  supportAnswers,
  supportRequests,
  suspensions,
  transferReasons,
  withdrawReasons,
} from './replies.ts';
import {
  days,
  endings,
  nonsense,
  otherTongues,
  people,
  roads,
  sampleTexts,
  times,
  vague,
} from './sample-texts.ts';

/** The part of `GET /api/city` that the scenario uses. */
export type Places = {
  areas: readonly Pick<Area, 'id' | 'name' | 'level' | 'parent' | 'centre'>[];
  categories: readonly { code: string }[];
};

export type Location = {
  area?: string;
  address?: string;
  longitude?: number;
  latitude?: number;
  crs?: 'wgs84' | 'gcj02';
};

/** One report of the day and its later steps, determined by the seed. */
export type Plan = {
  index: number;
  /** Minutes after the start of the day. */
  arrivesAt: number;
  locale: 'zh' | 'en';
  description: string;
  /** The intended category, which is also the one chosen, if any. */
  category: string;
  namesCategory: boolean;
  kind: 'clear' | 'vague' | 'nonsense';
  /** Written in traditional characters, Cantonese or similar. */
  isRare: boolean;
  /** The area, and how the report gives it. */
  area: string;
  placeBy: 'area' | 'address' | 'position' | 'words';
  location: Location;
  contact?: { name?: string; phone?: string };
  /** Filed by staff for a resident on the phone. */
  onBehalf: boolean;
  /** Sent twice, as after a lost answer. */
  sentTwice: boolean;
  /** Indexes of its pictures. */
  pictures: number[];
  fate: Fate;
};

export type Fate = {
  end: 'resolve' | 'stay-open' | 'withdraw' | 'reject' | 'merge';
  /** For `merge`: the index of the report that this one repeats. */
  repeats?: number;
  /** The share of the target after which it is acknowledged; above 1 it is overdue. */
  acknowledgeShare: number;
  /** The same for resolving. */
  resolveShare: number;
  startsWork: boolean;
  /** A return or transfer before the work begins. */
  detour?: { kind: 'return' | 'transfer'; reason: LocalizedText };
  /** Whether a department that got it by mistake returns it, rather than resolving it. */
  mindsMistakes: boolean;
  resolution: LocalizedText;
  /** The resolution after reopening; without it, the report stays open. */
  secondResolution?: LocalizedText;
  resultPicture?: number;
  rating?: { score: number; comment?: LocalizedText; afterMinutes: number };
  reopenReason?: LocalizedText;
  secondRating?: { score: number; afterMinutes: number };
  withdrawal?: { reason?: LocalizedText; afterMinutes: number };
  rejection: LocalizedText;
  returnReason: LocalizedText;
  residentNote?: { text: LocalizedText; picture?: number };
  staffNote?: { text: LocalizedText; audience: 'everyone' | 'staff' };
  /** A period on hold, without `afterMinutes` until the end of the demo; `answer` is the resident's note. */
  suspension?: {
    round: number;
    waitingFor: 'resident' | 'other';
    text: LocalizedText;
    answer?: LocalizedText;
    afterMinutes?: number;
  };
  /** A requested extension; without a decision it stays undecided. */
  extension?: {
    round: number;
    reason: LocalizedText;
    decision?: { type: 'grant' } | { type: 'decline'; reason: LocalizedText };
    afterMinutes: number;
  };
  /** Two departments are asked for support; as many answer as there are answers. */
  support?: { request: LocalizedText; answers: readonly LocalizedText[] };
  raise?: { priority: 'urgent' | 'high'; reason: LocalizedText };
  /** The follow-up call to a dissatisfied resident who does not reopen the report. */
  followUp?: { outcome: 'satisfied' | 'unreachable' | 'reopen'; text: LocalizedText; afterMinutes: number };
  /** The report whose clock account is printed: put on hold, extended and reopened. */
  isShown?: boolean;
};

export type ScenarioOptions = { reports: number; seed: number; places: Places; pictures: number };

/** Reports arrive from 07:00 to 19:00. */
export const dayMinutes = 720;

/** The plan of a report's `nth` subtask, counted from 0. */
export function planOfPart(plan: Plan, nth: number): Plan {
  const answer = plan.fate.support?.answers[nth];
  const fate: Fate = {
    end: answer ? 'resolve' : 'stay-open',
    acknowledgeShare: 0.3,
    resolveShare: 0.08,
    startsWork: false,
    mindsMistakes: false,
    resolution: answer ?? plan.fate.resolution,
    rejection: plan.fate.rejection,
    returnReason: plan.fate.returnReason,
  };
  return { ...plan, pictures: [], fate };
}

/** Makes the plans in order of arrival. The same options give the same plans. */
export function makeScenario({ reports, seed, places, pictures }: ScenarioOptions): Plan[] {
  const random = seededRandom(seed);
  const known = new Set(places.categories.map(({ code }) => code));
  const matters = chooseMatters(random, reports, known);
  const gazetteer = gazetteerOf(places);
  const arrivals = matters.map(() => arrivalMinute(random)).sort((a, b) => a - b);
  const plans = matters.map((matter, index) => ({
    ...describe(random, matter, gazetteer),
    index,
    arrivesAt: arrivals[index] ?? 0,
    sentTwice: random.yes(0.04),
    pictures: random.yes(0.34) ? somePictures(random, pictures, random.pick([1, 1, 1, 2, 2, 3])) : [],
    fate: ordinaryFate(random, matter, pictures),
  }));
  giveParts(random, plans);
  return plans;
}

type Matter = { text: string; locale: 'zh' | 'en'; category: string; kind: Plan['kind']; isRare?: boolean };

/** Every category once, 10% vague, 4% in other languages, 1% nonsense; the rest by weight. */
function chooseMatters(random: Random, reports: number, known: ReadonlySet<string>): Matter[] {
  const codes = Object.keys(sampleTexts).filter((code) => known.has(code));
  const clear = (code: string): Matter => {
    const locale = random.yes(0.72) ? 'zh' : 'en';
    const said = sampleTexts[code]?.[locale] ?? [];
    return { text: random.pick(said), locale, category: code, kind: 'clear' };
  };
  const matters: Matter[] = random.shuffled(codes).map(clear);
  for (let n = 0; n < Math.max(1, Math.round(reports * 0.1)); n += 1) {
    const { text, locale, means } = pickInTurn(random, vague, n);
    matters.push({ text, locale, category: known.has(means) ? means : 'other.unclear', kind: 'vague' });
  }
  for (let n = 0; n < Math.max(1, Math.round(reports * 0.04)); n += 1) {
    const { text, category } = pickInTurn(random, otherTongues, n);
    if (known.has(category)) matters.push({ text, locale: 'zh', category, kind: 'clear', isRare: true });
  }
  for (let n = 0; n < Math.max(1, Math.round(reports * 0.01)); n += 1)
    matters.push({ ...pickInTurn(random, nonsense, n), category: 'other.unclear', kind: 'nonsense' });
  const weighted = codes.flatMap((code) => new Array<string>(weights[code] ?? 2).fill(code));
  while (matters.length < reports) matters.push(clear(random.pick(weighted)));
  return random.shuffled(matters.slice(0, reports));
}

/** The items in order, so that all occur, then random ones. */
function pickInTurn<T>(random: Random, items: readonly T[], turn: number): T {
  return items[turn] ?? random.pick(items);
}

/** The frequency of categories; 2 for those not listed. */
const weights: Readonly<Record<string, number>> = {
  'building.leak': 7,
  'building.drain': 5,
  'building.elevator': 5,
  'building.lighting': 4,
  'building.access': 4,
  'property.service': 6,
  'city.road': 4,
  'city.sanitation': 6,
  'city.streetlight': 3,
  'utility.water': 4,
  'environment.noise': 7,
  'traffic.parking': 6,
  'mediation.neighbour': 4,
};

/** Most reports arrive in the morning and at the end of the working day. */
function arrivalMinute(random: Random): number {
  const peak = random.pick([80, 80, 150, 300, 450, 640, 640]);
  const minute = peak + (random.next() + random.next() + random.next() - 1.5) * 160;
  return Math.round(Math.min(dayMinutes - 1, Math.max(0, minute)));
}

type Gazetteer = { estates: Places['areas']; communities: Places['areas'] };

function gazetteerOf({ areas }: Places): Gazetteer {
  const ofLevel = (level: Area['level']): Places['areas'] => areas.filter((area) => area.level === level);
  const [estates, communities] = [ofLevel('estate'), ofLevel('community')];
  const anywhere = areas.slice(0, 1);
  return {
    estates: estates.length > 0 ? estates : anywhere,
    communities: communities.length > 0 ? communities : anywhere,
  };
}

type Described = Omit<Plan, 'index' | 'arrivesAt' | 'sentTwice' | 'pictures' | 'fate'>;

function describe(random: Random, matter: Matter, { estates, communities }: Gazetteer): Described {
  const { locale, category, kind } = matter;
  const onRoad = matter.text.includes('{road}');
  const area = random.pick(onRoad ? communities : estates);
  const name = area.name[locale];
  const road = random.pick(roads)[locale];
  const building = random.integer(1, 24);
  const unit = random.integer(1, 4);
  const spoken =
    locale === 'zh'
      ? { estate: name, place: `${name}${building}号楼${unit}单元`, road: `${name}${road}` }
      : { estate: name, place: `building ${building}, ${name}`, road: `${road} (${name})` };
  const slots: Record<string, string> = {
    ...spoken,
    floor: String(random.integer(2, 18)),
    days: random.pick(days[locale]),
    time: random.pick(times[locale]),
  };
  const said = matter.text.replaceAll(/\{(\w+)\}/g, (_, slot: string) => slots[slot] ?? '');
  const description = said + (kind === 'clear' ? ending(random, said, locale) : '');
  const saysWhere = description.includes(name);
  const placeBy = random.pick(saysWhere ? placings : placings.filter((by) => by !== 'words'));
  return {
    locale,
    description,
    category,
    kind,
    isRare: matter.isRare ?? false,
    namesCategory: kind === 'clear' && category !== 'other.unclear' && random.yes(0.25),
    area: area.id,
    placeBy: placeBy === 'position' && !area.centre ? 'area' : placeBy,
    location: locate(random, area, placeBy, onRoad ? spoken.road : spoken.place),
    ...contact(random, locale),
    onBehalf: kind === 'clear' && random.yes(0.08),
  };
}

const placings: readonly Plan['placeBy'][] = ['area', 'area', 'address', 'address', 'position', 'words'];

/** After a sentence with a full stop, the ending begins without a comma. */
function ending(random: Random, said: string, locale: 'zh' | 'en'): string {
  const more = random.pick(endings[locale]);
  return /[\p{P}\p{Extended_Pictographic}]$/u.test(said) ? more.replace(/^[，。.]\s*/, ' ') : more;
}

function locate(
  random: Random,
  area: Places['areas'][number],
  by: Plan['placeBy'],
  address: string,
): Location {
  const { centre } = area;
  if (by === 'words') return {};
  if (by === 'address') return { address };
  if (by === 'area' || !centre) return { area: area.id, ...(random.yes(0.5) && { address }) };
  // Well inside the area's circle, so that no neighbouring circle contains it.
  const metres = centre.radiusMetres * 0.25;
  const latitude = centre.latitude + random.between(-metres, metres) / 111_320;
  const longitude =
    centre.longitude +
    random.between(-metres, metres) / (111_320 * Math.cos((centre.latitude / 180) * Math.PI));
  const crs = random.pick(['wgs84', 'gcj02'] as const);
  const position = crs === 'wgs84' ? { longitude, latitude } : wgs84ToGcj02(longitude, latitude);
  return { latitude: round6(position.latitude), longitude: round6(position.longitude), crs };
}

/** The inverse of the product's conversion, by iteration. */
function wgs84ToGcj02(longitude: number, latitude: number): { longitude: number; latitude: number } {
  const guess = { longitude, latitude };
  for (let round = 0; round < 5; round += 1) {
    const back = gcj02ToWgs84(guess.longitude, guess.latitude);
    guess.longitude += longitude - back.longitude;
    guess.latitude += latitude - back.latitude;
  }
  return guess;
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

function contact(random: Random, locale: 'zh' | 'en'): Pick<Plan, 'contact'> {
  if (random.yes(0.4)) return {};
  // Numbers that are not assigned to anyone.
  const phone = `1380000${String(random.integer(0, 9_999)).padStart(4, '0')}`;
  const name = random.pick(people[locale]);
  return { contact: random.yes(0.8) ? { name, phone } : random.yes(0.5) ? { name } : { phone } };
}

function somePictures(random: Random, pool: number, count: number): number[] {
  return pool === 0 ? [] : Array.from({ length: count }, () => random.integer(0, pool - 1));
}

/** Acknowledged and resolved in time, and mostly rated. */
function ordinaryFate(random: Random, { category, kind }: Matter, pictures: number): Fate {
  const settled = resolutions[category.split('.')[0] ?? ''] ?? resolutions['other'] ?? [];
  const score = random.pick([5, 5, 5, 5, 4, 4, 4, 4, 3, 3, 2, 1]);
  const comment = random.pick(comments[score] ?? [undefined]);
  const isRated = random.yes(0.65);
  return {
    end: kind === 'nonsense' ? 'reject' : 'resolve',
    acknowledgeShare: random.between(0.02, 0.5),
    resolveShare: random.between(0.15, 0.7),
    startsWork: random.yes(0.7),
    mindsMistakes: random.yes(0.85),
    resolution: random.pick(settled),
    secondResolution: random.pick(settled),
    ...(random.yes(0.15) && pictures > 0 && { resultPicture: random.integer(0, pictures - 1) }),
    ...(isRated && {
      rating: { score, afterMinutes: random.integer(20, 400), ...(comment && { comment }) },
    }),
    ...(isRated && score <= 2 && unhappily(random)),
    secondRating: { score: random.integer(3, 5), afterMinutes: random.integer(20, 200) },
    rejection: random.pick(rejectReasons),
    returnReason: random.pick(returnReasons),
    ...(random.yes(0.08) && { residentNote: note(random, pictures) }),
    ...(random.yes(0.06) && { staffNote: staffNote(random) }),
  };
}

/** Most dissatisfied residents reopen the report; most others get a follow-up call. */
function unhappily(random: Random): Pick<Fate, 'reopenReason' | 'followUp'> {
  if (random.yes(0.6)) return { reopenReason: random.pick(reopenReasons) };
  return random.yes(0.7) ? { followUp: followUp(random) } : {};
}

function followUp(random: Random): NonNullable<Fate['followUp']> {
  return { ...random.pick(followUps), afterMinutes: random.integer(30, 240) };
}

function note(random: Random, pictures: number): NonNullable<Fate['residentNote']> {
  const text = random.pick(residentNotes);
  return { text, ...(random.yes(0.4) && pictures > 0 && { picture: random.integer(0, pictures - 1) }) };
}

function staffNote(random: Random): NonNullable<Fate['staffNote']> {
  const audience = random.yes(0.5) ? 'staff' : 'everyone';
  return { audience, text: random.pick(staffNotes[audience]) };
}

/** Assigns rare steps by number, not at random, so that even a short day has one of each. */
function giveParts(random: Random, plans: Plan[]): void {
  const free = random.shuffled(plans.filter((plan) => plan.kind === 'clear'));
  const take = (share: number, least = 1): Plan[] =>
    free.splice(0, Math.max(least, Math.round(plans.length * share)));

  const takeOf =
    (pool: Plan[]) =>
    (share: number): Plan[] => {
      const taken = pool.splice(0, Math.max(1, Math.round(plans.length * share)));
      for (const plan of taken) free.splice(free.indexOf(plan), 1);
      return taken;
    };
  const lasting = free.filter(({ category }) => isLasting(category));
  giveClockParts(random, takeOf(lasting), lasting);
  // Nobody resolves these, so they are escalated.
  for (const plan of takeOf(free.filter(({ category }) => isPressing(category)))(0.02))
    plan.fate.end = 'stay-open';
  for (const plan of take(0.025)) {
    const reason = random.pick(withdrawReasons);
    plan.fate.end = 'withdraw';
    plan.fate.withdrawal = { afterMinutes: random.integer(5, 90), ...(reason && { reason }) };
  }
  for (let n = 0; n < Math.max(1, Math.round(plans.length * 0.015)); n += 1)
    repeatEarlier(random, plans, free);
  for (const plan of take(0.05))
    plan.fate.detour = { kind: 'transfer', reason: random.pick(transferReasons) };
  for (const plan of take(0.04)) plan.fate.detour = { kind: 'return', reason: random.pick(returnReasons) };
  for (const plan of take(0.06)) plan.fate.end = 'stay-open';
  for (const plan of take(0.1)) plan.fate.acknowledgeShare = random.between(1.05, 1.6);
  for (const plan of take(0.1)) plan.fate.resolveShare = random.between(1.05, 1.35);
  for (const plan of take(0.06)) plan.fate.acknowledgeShare = random.between(0.78, 0.95);
  // Ratings of all five levels.
  for (const [at, plan] of take(0.03, 5).entries())
    plan.fate.rating = { score: (at % 5) + 1, afterMinutes: random.integer(20, 120) };
  for (const plan of take(0.015)) {
    plan.fate.rating = { score: 1, afterMinutes: random.integer(20, 90) };
    plan.fate.reopenReason = random.pick(reopenReasons);
  }
  for (const plan of take(0.008)) {
    plan.fate.rating = { score: 2, afterMinutes: random.integer(20, 90) };
    delete plan.fate.reopenReason;
    plan.fate.followUp = followUp(random);
  }
}

/** Categories with targets of days. */
function isLasting(category: string): boolean {
  return /^(social|environment|traffic|mediation|property)\./.test(category);
}

/** Categories with targets of hours. */
function isPressing(category: string): boolean {
  return /^(safety|utility)\./.test(category);
}

/** Assigns suspensions, extensions and support; some of each stay open until the end. */
function giveClockParts(random: Random, take: (share: number) => Plan[], lasting: Plan[]): void {
  // The earliest report has the most time for its steps.
  lasting.sort((a, b) => a.arrivesAt - b.arrivesAt);
  const one = 0;
  for (const plan of take(one)) show(random, plan);
  lasting.splice(0, lasting.length, ...random.shuffled(lasting));

  for (const { fate } of take(0.015))
    fate.suspension = { ...suspension(random, 'resident'), afterMinutes: random.integer(40, 300) };
  for (const { fate } of take(0.015)) {
    fate.suspension = suspension(random, 'resident');
    fate.end = 'stay-open';
  }
  for (const { fate } of take(0.01)) fate.suspension = { ...suspension(random, 'other'), afterMinutes: 240 };
  for (const { fate } of take(0.01)) {
    fate.extension = extension(random);
    fate.extension.decision = { type: 'grant' };
  }
  for (const { fate } of take(0.01)) {
    fate.extension = extension(random);
    fate.extension.decision = { type: 'decline', reason: random.pick(declineReasons) };
  }
  for (const { fate } of take(0.012)) {
    fate.extension = extension(random);
    fate.end = 'stay-open';
  }
  for (const { fate } of take(0.008)) {
    fate.support = { request: random.pick(supportRequests), answers: [random.pick(supportAnswers)] };
    fate.end = 'stay-open';
  }
  for (const { fate } of take(0.008))
    fate.support = {
      request: random.pick(supportRequests),
      answers: [random.pick(supportAnswers), random.pick(supportAnswers)],
    };
  for (const { fate } of take(0.012))
    fate.raise = { priority: random.pick(['urgent', 'high'] as const), reason: random.pick(raiseReasons) };
}

/** Resolved too early, reopened, put on hold and extended; open until the end. */
function show(random: Random, { fate }: Plan): void {
  fate.isShown = true;
  fate.acknowledgeShare = 0.03;
  fate.resolveShare = 0.1;
  fate.startsWork = true;
  fate.rating = { score: 1, afterMinutes: 20 };
  fate.reopenReason = random.pick(reopenReasons);
  delete fate.secondResolution;
  fate.suspension = { ...suspension(random, 'resident'), round: 1, afterMinutes: 200 };
  fate.extension = { ...extension(random), round: 1, decision: { type: 'grant' } };
}

function suspension(random: Random, waitingFor: 'resident' | 'other'): NonNullable<Fate['suspension']> {
  const text = random.pick(suspensions[waitingFor]);
  return { round: 0, waitingFor, text, ...(waitingFor === 'resident' && { answer: random.pick(answers) }) };
}

function extension(random: Random): NonNullable<Fate['extension']> {
  return { round: 0, reason: random.pick(extensionReasons), afterMinutes: random.integer(20, 60) };
}

/**
 * Makes a report a repetition of an earlier one: other words, the same place and category. It replaces a report whose
 * category occurs more than once.
 */
function repeatEarlier(random: Random, plans: readonly Plan[], free: Plan[]): void {
  const isLone = ({ category }: Plan): boolean =>
    plans.filter((plan) => plan.category === category).length < 2;
  const at = free.findIndex((plan) => plan.arrivesAt > 200 && !plan.isRare && !isLone(plan));
  const [plan] = at < 0 ? [] : free.splice(at, 1);
  const earlier = plans.filter(
    ({ arrivesAt, kind, fate }) =>
      arrivesAt < (plan?.arrivesAt ?? 0) - 40 &&
      kind === 'clear' &&
      (fate.end === 'resolve' || fate.end === 'stay-open') &&
      !fate.suspension,
  );
  if (!plan || earlier.length === 0) return;
  const first = random.pick(earlier.slice(-20));
  plan.fate.end = 'merge';
  plan.fate.repeats = first.index;
  plan.category = first.category;
  plan.area = first.area;
  plan.location = { area: first.area };
  plan.placeBy = 'area';
  plan.locale = first.locale;
  plan.description =
    first.locale === 'zh' ? `我也碰到了：${first.description}` : `Same here: ${first.description}`;
}
