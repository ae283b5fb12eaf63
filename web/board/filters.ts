import { shallowRef, type ShallowRef } from 'vue';
import { addDays, dayCount, isDay } from './days.ts';

/** What the figures cover. The API counts by department or by area, but not by both at once. */
export type Scope = { kind: 'whole' } | { kind: 'area'; id: string } | { kind: 'department'; id: string };

/** A `latest` span ends today. */
export type Span = { kind: 'latest'; days: number } | { kind: 'own'; from: string; to: string };

/** `scope` is undefined until one is chosen. */
export type Filters = { scope: Scope | undefined; span: Span };

/** The longest span that the API accepts. */
export const maxSpanDays = 92;
export const latestSpans = [1, 7, 30] as const;
const defaultSpan: Span = { kind: 'latest', days: 7 };

/** The filters are kept in the hash, so that links and bookmarks include them. */
export const filters: ShallowRef<Filters> = shallowRef(filtersOf(location.hash));

export function filtersOf(hash: string): Filters {
  const parameters = new URLSearchParams(hash.replace(/^#/, ''));
  return { scope: scopeOf(parameters), span: spanOf(parameters) };
}

export function hashOf({ scope, span }: Filters): string {
  const parameters = new URLSearchParams();
  if (scope?.kind === 'whole') parameters.set('scope', 'whole');
  else if (scope) parameters.set(scope.kind, scope.id);
  if (span.kind === 'latest') parameters.set('days', String(span.days));
  else {
    parameters.set('from', span.from);
    parameters.set('to', span.to);
  }
  return `#${parameters.toString()}`;
}

export function choose(change: Partial<Filters>): void {
  filters.value = { ...filters.value, ...change };
  history.pushState(null, '', location.pathname + location.search + hashOf(filters.value));
}

/** Reads the filters from the address, which changes when a sign-in is completed. */
export function rereadFilters(): void {
  const next = filtersOf(location.hash);
  if (hashOf(next) !== hashOf(filters.value)) filters.value = next;
}

/** First and last day of a span and of the preceding span of the same length. */
export function boundsOf(
  span: Span,
  today: string,
): { from: string; to: string; before: { from: string; to: string } } {
  const { from, to } = span.kind === 'own' ? span : { from: addDays(today, 1 - span.days), to: today };
  return { from, to, before: { from: addDays(from, -dayCount(from, to)), to: addDays(from, -1) } };
}

function scopeOf(parameters: URLSearchParams): Scope | undefined {
  const [area, department] = [parameters.get('area'), parameters.get('department')];
  if (department) return { kind: 'department', id: department };
  if (area) return { kind: 'area', id: area };
  return parameters.get('scope') === 'whole' ? { kind: 'whole' } : undefined;
}

function spanOf(parameters: URLSearchParams): Span {
  const [from, to] = [parameters.get('from'), parameters.get('to')];
  if (isDay(from) && isDay(to) && from <= to && dayCount(from, to) <= maxSpanDays)
    return { kind: 'own', from, to };
  const days = Number(parameters.get('days'));
  return latestSpans.some((known) => known === days) ? { kind: 'latest', days } : defaultSpan;
}

for (const change of ['popstate', 'hashchange']) addEventListener(change, rereadFilters);
