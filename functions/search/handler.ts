import type { City } from '../../shared/config/city.ts';
import { maySee } from '../../shared/kernel/permissions.ts';
import { pathOf } from '../../shared/place/place.ts';
import { phoneSearchBody } from '../../shared/http/bodies.ts';
import { staffOf, type Keys } from '../../shared/http/credentials.ts';
import { listed } from '../../shared/http/cursors.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import { Problem } from '../../shared/http/problems.ts';
import type { Records } from '../../shared/store/records.ts';

export type Dependencies = { city: City; store: Records; keys: () => Promise<Keys> };

/** Finds a person's reports by telephone number, limited to those that the member of staff may see. */
export function createHandler({ city, store, keys }: Dependencies): HttpHandler {
  return endpoint({
    'POST /api/desk/search': async (event) => {
      const staff = staffOf(event);
      const { phone, cursor } = readBody(event, phoneSearchBody);
      if (staff.role === 'handler') throw new Problem('not-permitted');
      const contactHashes = (await keys()).all.map((key) => key.contactHash(phone));
      const page = await listed(() => store.byContact(contactHashes, cursor));
      const items = (await store.summaries(page.items)).filter(({ department, area }) =>
        maySee(staff, { department, path: pathOf(city, area) }),
      );
      return { status: 200, body: { ...page, items } };
    },
  });
}
