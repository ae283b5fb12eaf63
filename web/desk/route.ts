import { shallowRef, type ShallowRef } from 'vue';
import { parseNumber } from '../../shared/kernel/number.ts';

/** What is shown beside the inbox, or instead of it on a narrow screen. */
export type Route = { view: 'inbox' } | { view: 'report'; number: string } | { view: 'new' };

export const route: ShallowRef<Route> = shallowRef(routeOf(location.hash));

export function addressOf(to: Route): string {
  switch (to.view) {
    case 'inbox':
      return '#/';
    case 'report':
      return `#/reports/${encodeURIComponent(to.number)}`;
    case 'new':
      return '#/new';
  }
}

export function go(to: Route): void {
  if (addressOf(to) === addressOf(route.value)) return;
  history.pushState(null, '', addressOf(to));
  route.value = to;
}

function routeOf(hash: string): Route {
  if (hash === '#/new') return { view: 'new' };
  const number = /^#\/reports\/([^/?]+)$/.exec(hash)?.[1];
  if (number === undefined) return { view: 'inbox' };
  try {
    const typed = decodeURIComponent(number);
    return { view: 'report', number: parseNumber(typed) ?? typed };
  } catch {
    return { view: 'inbox' };
  }
}

for (const change of ['popstate', 'hashchange'])
  addEventListener(change, () => {
    const next = routeOf(location.hash);
    if (addressOf(next) !== addressOf(route.value)) route.value = next;
  });
