import { shallowRef, type ShallowRef } from 'vue';
import type { Area, Category, CityMap, Department, Targets } from '../../shared/config/city.ts';
import type { LocalizedText } from '../../shared/language/wording.ts';
import { request, type Silence } from './request.ts';

/** What `GET /api/city` tells of the city. */
export type City = {
  id: string;
  name: LocalizedText;
  timeZone: string;
  /** The letters that every report's number begins with. */
  numberPrefix: string;
  areas: Pick<Area, 'id' | 'name' | 'level' | 'parent' | 'centre'>[];
  categoryGroups: { code: string; name: LocalizedText }[];
  categories: (Pick<Category, 'code' | 'group' | 'name' | 'priority'> & {
    /** What is promised as a rule. */
    promise: Pick<Targets, 'acknowledge' | 'resolve'>;
    /** LocalizedText that speak for it. */
    hints: Category['keywords'];
  })[];
  /** Whether open reports close by may be asked for. */
  nearby: boolean;
  map?: CityMap;
  hotline?: string;
  /** How to show the captcha, where the city has one. */
  captcha?: { siteKey: string; script: string; global: string };
  departments: Pick<Department, 'id' | 'name'>[];
  /** Where staff sign in. */
  signIn: { issuer: string; clientId: string };
  ratings: { score: number; name: LocalizedText }[];
  limits: {
    photos: { count: number; bytes: number };
    text: { description: { least: number; most: number } };
  };
};

/** The city, once it is there, and why it is not, if the last try failed. */
export const city: ShallowRef<City | undefined> = shallowRef();
export const cityFailure: ShallowRef<Silence | undefined> = shallowRef();

let loading: Promise<void> | undefined;

/** Loads the city unless it is there; after a failure, the next call tries again. */
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
