import type { City } from './city.ts';
import { loadCity } from './load-city.ts';

let city: City | undefined;

/** The city that this function serves: its configuration lies beside the code. The one place that knows where from. */
export function currentCity(): City {
  return (city ??= loadCity(new URL('./city.json', import.meta.url)));
}
