/** Parts a list, in its order, so that no part has more items or bytes than a request takes; a larger item stands alone. */
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
