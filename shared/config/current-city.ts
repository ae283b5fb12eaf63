import type { City } from './city.ts';
import { loadCity } from './load-city.ts';

let city: City | undefined;

/** The city of this function, from the configuration file beside its code. The only place that knows that file. */
export function currentCity(): City {
  return (city ??= loadCity(new URL('./city.json', import.meta.url)));
}
