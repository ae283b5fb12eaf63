import { ref, type Ref } from 'vue';
import { serverNow } from '../session/server-clock.ts';

/** The server's time in milliseconds, updated often enough for countdowns in minutes. */
export const now: Ref<number> = ref(serverNow());

setInterval(tick, 10_000);
document.addEventListener('visibilitychange', tick);

export function tick(): void {
  now.value = serverNow();
}
