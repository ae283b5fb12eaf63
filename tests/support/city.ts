import { loadCity } from '../../shared/config/load-city.ts';
import { withOfficialDays } from '../../shared/config/official-days.ts';

/** The demo city, which every example in the tests is set in. */
export const city = withOfficialDays(
  loadCity(new URL('../../shared/config/demo-city.json', import.meta.url)),
);
