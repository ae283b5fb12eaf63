import type { S3Client } from '@aws-sdk/client-s3';
import type { City } from '../../shared/config/city.ts';
import { photoLimits, photoTypes, textLimits } from '../../shared/config/limits.ts';
import { residentView } from '../../shared/domain/views.ts';
import { ratingNames } from '../../shared/domain/wording.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { openReport } from '../../shared/http/open-report.ts';
import { linkedPhotos, residentPhotos } from '../../shared/http/linked-photos.ts';
import type { ReportStore } from '../../shared/store/reports.ts';

export type Dependencies = { city: City; store: ReportStore; photos: { client: S3Client; bucket: string } };

/** What anyone may know of the city, and what a report's reporter may know of it. */
export function createHandler({ city, store, photos }: Dependencies): HttpHandler {
  const publicCity = describeCity(city);
  return endpoint({
    'GET /api/city': () =>
      Promise.resolve({ status: 200, body: publicCity, headers: { 'cache-control': 'public, max-age=300' } }),
    'GET /api/reports/{number}': async (event) => {
      const { report, events } = await openReport(event, store);
      const view = residentView(report, events, city);
      return {
        status: 200,
        body: { ...view, photos: await linkedPhotos(photos, residentPhotos(report), report.number) },
      };
    },
  });
}

/** What the form needs, and nothing of how the city is run: no keywords, no addresses of departments, no staff. */
function describeCity(city: City): Record<string, unknown> {
  return {
    id: city.id,
    name: city.name,
    timeZone: city.timeZone,
    areas: city.areas,
    categoryGroups: city.categoryGroups,
    categories: city.categories.map(({ code, group, name, priority }) => ({ code, group, name, priority })),
    departments: city.departments.map(({ id, name }) => ({ id, name })),
    ratings: Object.entries(ratingNames)
      .map(([score, name]) => ({ score: Number(score), name }))
      .reverse(),
    limits: { photos: { ...photoLimits, types: Object.values(photoTypes) }, text: textLimits },
  };
}
