import type * as z from 'zod';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Category, City, Targets } from '../../shared/config/city.ts';
import { photoLimits, photoTypes, textLimits } from '../../shared/config/limits.ts';
import { areaCell, cellsAround, metresBetween, positionOf } from '../../shared/place/cell.ts';
import { foldText } from '../../shared/language/fold-text.ts';
import { targetsFor } from '../../shared/records/report/routing.ts';
import { kindOf } from '../../shared/kernel/number.ts';
import { viewsOf, type Views } from '../../shared/kernel/views.ts';
import { areaName, categoryName, ratingNames } from '../../shared/language/wording.ts';
import { nearbyQuery } from '../../shared/http/bodies.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readQuery } from '../../shared/http/read-request.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { openRecord } from '../../shared/http/open-record.ts';
import { publicPhotos, residentPhotos } from '../../shared/http/linked-photos.ts';
import type { Records } from '../../shared/store/records.ts';

const nearbyMetres = 300;
const maxNearby = 5;

/** The sign-in of staff: an OIDC issuer and the pages' client id. */
export type SignIn = { issuer: string; clientId: string };

export type Dependencies = {
  city: City;
  store: Records;
  /** The views of each kind, by its name. */
  views: Readonly<Record<string, Views>>;
  photos: { client: S3Client; bucket: string };
  limits: Limits;
  signIn: SignIn;
  now: () => string;
};

/** Public data of the city, and reports by tracking link. */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store, views, photos, limits, signIn, now } = deps;
  const publicCity = describeCity(city, signIn);
  return endpoint({
    'GET /api/city': () =>
      Promise.resolve({ status: 200, body: publicCity, headers: { 'cache-control': 'public, max-age=300' } }),
    'GET /api/reports/{number}': async (event) => {
      const { kind, record, events } = await openRecord(event, store, limits);
      const view = viewsOf(views, kind).forResident(record, events, city, now());
      const followed = viewsOf(views, kind).followed(record);
      const target = followed === undefined ? undefined : await store.load(followed);
      const follows = target && viewsOf(views, target.kind).forFollower(target.record, target.events, city);
      const shown = await publicPhotos(photos, residentPhotos(record), record.number);
      return { status: 200, body: { ...view, follows, photos: shown } };
    },
    'GET /api/reports': async (event) => {
      if (!city.publicNearby) return { status: 200, body: { items: [] } };
      return { status: 200, body: { items: await nearby(deps, readQuery(event, nearbyQuery)) } };
    },
  });
}

/** Open records of the same category close by, nearest first, without any text of a person. */
async function nearby({ city, store }: Dependencies, query: z.infer<typeof nearbyQuery>): Promise<unknown[]> {
  const [longitude, latitude] = query.near?.split(',').map(Number) ?? [];
  const here = positionOf({ longitude, latitude, crs: query.crs });
  const cells = [
    ...(here ? cellsAround(here) : []),
    ...(query.area === undefined ? [] : [areaCell(query.area)]),
  ];
  const found = await store.nearby(cells);
  return found
    .filter((item) => query.category === undefined || item.category === query.category)
    .map((item) => ({
      number: item.number,
      status: { code: item.state, ...kindOf(store.kinds, item.number).states[item.state] },
      submittedAt: item.submittedAt,
      category: item.category && { code: item.category, name: categoryName(city, item.category) },
      area: { id: item.area, name: areaName(city, item.area) },
      photos: item.photos,
      metres: here && item.position ? Math.round(metresBetween(here, item.position)) : undefined,
    }))
    .filter(({ metres }) => metres === undefined || metres <= nearbyMetres)
    .sort(
      (a, b) => (a.metres ?? Infinity) - (b.metres ?? Infinity) || b.submittedAt.localeCompare(a.submittedAt),
    )
    .slice(0, maxNearby);
}

/**
 * The city's data that the form needs, without contacts of departments and staff. Of the keywords only some: enough to
 * suggest a category while typing.
 */
function describeCity(city: City, signIn: SignIn): Record<string, unknown> {
  return {
    id: city.id,
    name: city.name,
    timeZone: city.timeZone,
    numberPrefix: city.numberPrefix,
    areas: city.areas.map(({ id, name, level, parent, centre }) => ({ id, name, level, parent, centre })),
    categoryGroups: city.categoryGroups,
    categories: city.categories.map((category) => ({
      code: category.code,
      group: category.group,
      name: category.name,
      priority: category.priority,
      promise: promiseOf(city, category),
      hints: { zh: hintsOf(category.keywords.zh), en: hintsOf(category.keywords.en) },
    })),
    map: city.map,
    hotline: city.hotline,
    captcha: city.captcha && {
      siteKey: city.captcha.siteKey,
      script: city.captcha.widget.script,
      global: city.captcha.widget.global,
    },
    departments: city.departments.map(({ id, name }) => ({ id, name })),
    nearby: city.publicNearby,
    signIn,
    ratings: Object.entries(ratingNames)
      .map(([score, name]) => ({ score: Number(score), name }))
      .reverse(),
    limits: { photos: { ...photoLimits, types: Object.values(photoTypes) }, text: textLimits },
  };
}

/** The general targets of a category, without overrides for areas and departments. */
function promiseOf(city: City, { code, priority }: Category): Pick<Targets, 'acknowledge' | 'resolve'> {
  const { acknowledge, resolve } = targetsFor(city, { category: code, department: '', path: [], priority });
  return { acknowledge, resolve };
}

const maxHints = 12;

/** The first keywords that do not contain another one: those match most often. */
function hintsOf(words: readonly string[]): string[] {
  const folded = words.map(foldText);
  return words
    .filter((_, at) => {
      const own = folded[at] ?? '';
      return !folded.some((other) => other !== own && own.includes(other));
    })
    .slice(0, maxHints);
}
