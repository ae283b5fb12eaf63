/**
 * This device's memory. It may be missing (private windows) or full; the page then goes on without it, so a
 * failed write says nothing.
 */
const prefix = 'suishoubao.';

export function readStored(name: string): unknown {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function writeStored(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // See above.
  }
}
