import { shallowRef, type ShallowRef } from 'vue';
import { linkIn } from './tracking-link.ts';

export type Route = { view: 'form' } | { view: 'mine' } | { view: 'follow'; number: string; token: string };

/** The view shown. The token is in the hash, which browsers don't send to servers, so it is never logged. */
export const route: ShallowRef<Route> = shallowRef(routeOf(location));
// Without what was added to the link, and above all without a token in the query, which servers log.
if (route.value.view === 'follow') history.replaceState(history.state, '', addressOf(route.value));

export function addressOf(to: Route): string {
  switch (to.view) {
    case 'form':
      return '/';
    case 'mine':
      return '/?mine';
    case 'follow':
      return `/?report=${encodeURIComponent(to.number)}#${to.token}`;
  }
}

/** @param how `replace` if the current address no longer works. */
export function go(to: Route, how: 'push' | 'replace' = 'push'): void {
  if (how === 'replace') history.replaceState({ replaced: true }, '', addressOf(to));
  else history.pushState(null, '', addressOf(to));
  route.value = to;
  scrollTo(0, 0);
}

/** Whether this address replaced one that no longer works. */
export function wasReplaced(): boolean {
  return (history.state as { replaced?: boolean } | null)?.replaced === true;
}

/** For links within the page: handles plain clicks, and leaves others, such as opening a tab, to the browser. */
export function onLink(event: MouseEvent, to: Route): void {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(to);
}

function routeOf(address: { search: string; hash: string }): Route {
  const link = linkIn(address);
  if (link) return { view: 'follow', ...link };
  return new URLSearchParams(address.search).has('mine') ? { view: 'mine' } : { view: 'form' };
}

for (const change of ['popstate', 'hashchange'])
  addEventListener(change, () => {
    const next = routeOf(location);
    if (addressOf(next) !== addressOf(route.value)) route.value = next;
  });
