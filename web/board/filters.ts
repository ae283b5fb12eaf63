import { shallowRef, type ShallowRef } from 'vue';
import { addDays, dayCount, isDay } from './days.ts';

/** What the figures are of. The API counts by department and by area, never by both at once. */
export type Scope = { kind: 'whole' } | { kind: 'area'; id: string } | { kind: 'department'; id: string };

/** `latest` ends today. */
export type Span = { kind: 'latest'; days: number } | { kind: 'own'; from: string; to: string };

/** `scope` is missing until somebody has chosen one. */
export type Filters = { scope: Scope | undefined; span: Span };

/** The most days that the API sums up at once. */
export const longestSpanDays = 92;
export const latestSpans = [1, 7, 30] as const;
const usual: Span = { kind: 'latest', days: 7 };

/** The filters stand behind `#`, so that a link or a bookmark shows the same. */
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

/** Takes the filters from the address: after signing in, it is another than the page was opened with. */
export function rereadFilters(): void {
  const next = filtersOf(location.hash);
  if (hashOf(next) !== hashOf(filters.value)) filters.value = next;
}

/** First and last day of a span, and those of the one of the same length before it. */
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
  if (isDay(from) && isDay(to) && from <= to && dayCount(from, to) <= longestSpanDays)
    return { kind: 'own', from, to };
  const days = Number(parameters.get('days'));
  return latestSpans.some((known) => known === days) ? { kind: 'latest', days } : usual;
}

for (const change of ['popstate', 'hashchange']) addEventListener(change, rereadFilters);
