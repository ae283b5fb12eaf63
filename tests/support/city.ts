import { loadCity } from '../../shared/config/load-city.ts';

/** The demo city, which every example in the tests is set in. */
export const city = loadCity(new URL('../../shared/config/demo-city.json', import.meta.url));
