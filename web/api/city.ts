import { shallowRef, type ShallowRef } from 'vue';
import type { Area, Category, CityMap, Department, Targets } from '../../shared/config/city.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import { request, type UnansweredReason } from './request.ts';

/** The answer of `GET /api/city`. */
export type City = {
  id: string;
  name: LocalizedText;
  timeZone: string;
  /** The letters that every report number begins with. */
  numberPrefix: string;
  areas: Pick<Area, 'id' | 'name' | 'level' | 'parent' | 'centre'>[];
  categoryGroups: { code: string; name: LocalizedText }[];
  categories: (Pick<Category, 'code' | 'group' | 'name' | 'priority'> & {
    /** The usual targets of the category. */
    promise: Pick<Targets, 'acknowledge' | 'resolve'>;
    /** Keywords in a description that suggest this category. */
    hints: Category['keywords'];
  })[];
  /** Whether the search for open reports nearby is enabled. */
  nearby: boolean;
  map?: CityMap;
  hotline?: string;
  /** How to load the captcha, if the city uses one. */
  captcha?: { siteKey: string; script: string; global: string };
  departments: Pick<Department, 'id' | 'name'>[];
  /** The identity provider that staff sign in with. */
  signIn: { issuer: string; clientId: string };
  ratings: { score: number; name: LocalizedText }[];
  limits: {
    photos: { count: number; bytes: number };
    text: { description: { least: number; most: number } };
  };
};

/** The loaded city, and why the last attempt to load it failed. */
export const city: ShallowRef<City | undefined> = shallowRef();
export const cityFailure: ShallowRef<UnansweredReason | undefined> = shallowRef();

let loading: Promise<void> | undefined;

/** Loads the city once; after a failure, the next call tries again. */
export function loadCity(): Promise<void> {
  loading ??= load();
  return loading;
}

async function load(): Promise<void> {
  cityFailure.value = undefined;
  const outcome = await request<City>('/api/city');
  if (outcome.kind === 'answer') {
    city.value = outcome.body;
    return;
  }
  cityFailure.value = outcome.kind === 'unanswered' ? outcome.why : 'fault';
  loading = undefined;
}
