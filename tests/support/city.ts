import { loadCity } from '../../shared/config/load-city.ts';
import { withOfficialDays } from '../../shared/config/official-days.ts';

/** The demo city, used in all tests. */
export const city = withOfficialDays(
  loadCity(new URL('../../shared/config/demo-city.json', import.meta.url)),
);
