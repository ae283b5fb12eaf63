/** Splits a list, in order, into batches within a request's limits; a larger item gets a batch of its own. */
export function batches<T>(
  all: readonly T[],
  bytesOf: (one: T) => number,
  limits: { items: number; bytes: number },
): T[][] {
  const parts: T[][] = [];
  let bytes = 0;
  for (const one of all) {
    const size = bytesOf(one);
    const last = parts.at(-1);
    if (last && last.length < limits.items && bytes + size <= limits.bytes) {
      last.push(one);
      bytes += size;
    } else {
      parts.push([one]);
      bytes = size;
    }
  }
  return parts;
}
