/**
 * Random values as a pure function of a seed and a subject. Leaving one thing out of a run does not change the values
 * for the others, so failing runs can be shrunk.
 */
export class Chance {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** From 0 to 1, never 1. */
  unit(about: string): number {
    return hash(about, this.seed) / 4_294_967_296;
  }

  yes(about: string, probability: number): boolean {
    return this.unit(about) < probability;
  }

  /** From `least` to `most`, both included. */
  integer(about: string, least: number, most: number): number {
    return least + Math.floor(this.unit(about) * (most - least + 1));
  }

  pick<T>(about: string, items: readonly T[]): T {
    const item = items[this.integer(about, 0, items.length - 1)];
    if (item === undefined) throw new RangeError(`nothing to pick from for ${about}`);
    return item;
  }
}

/** A 32-bit hash with good avalanche (FNV-1a, finished as murmur3 does). */
export function hash(text: string, seed = 0): number {
  let value = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
