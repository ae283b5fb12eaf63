import { onMounted, onUnmounted } from 'vue';

/** Runs `work` at an interval while the page is visible, and when it becomes visible again. */
export function usePolling(everyMilliseconds: number, work: () => Promise<void>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastAt = Date.now();
  let isUnmounted = false;

  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void turn(), everyMilliseconds);
  };
  async function turn(): Promise<void> {
    if (document.visibilityState === 'visible') {
      lastAt = Date.now();
      await work();
    }
    if (!isUnmounted) wait();
  }
  const comeBack = (): void => {
    if (document.visibilityState === 'visible' && Date.now() - lastAt > everyMilliseconds / 2) void turn();
  };

  onMounted(() => {
    wait();
    document.addEventListener('visibilitychange', comeBack);
    addEventListener('focus', comeBack);
    addEventListener('online', comeBack);
  });
  onUnmounted(() => {
    isUnmounted = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', comeBack);
    removeEventListener('focus', comeBack);
    removeEventListener('online', comeBack);
  });
}
