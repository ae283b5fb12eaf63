import { readFileSync } from 'node:fs';
import { parseCity, type City } from './city.ts';

/**
 * Loads the city's configuration from a JSON file.
 * @throws with every problem and its path when the file is not a valid configuration.
 */
export function loadCity(file: URL | string): City {
  const result = parseCity(JSON.parse(readFileSync(file, 'utf8')));
  if (result.ok) return result.city;
  const problems = result.problems.map(({ path, message }) => `${path}: ${message}`);
  throw new Error(`not a valid city configuration:\n${problems.join('\n')}`);
}
