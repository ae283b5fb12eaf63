/**
 * What is typed at the desk, kept in this tab: signing in again leaves the page and comes back. It goes with the tab,
 * and when its owner signs out.
 */
const prefix = 'suishoubao.desk.';

export function readKept(name: string): unknown {
  try {
    const text = sessionStorage.getItem(prefix + name);
    return text === null ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

export function writeKept(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(prefix + name);
    else sessionStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Full or forbidden: then it lives as long as the page.
  }
}
