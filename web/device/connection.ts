import { ref } from 'vue';

/** Whether the browser reports a connection. It may be true without one; only `request` shows that. */
export const isOnline = ref(navigator.onLine);

for (const change of ['online', 'offline'])
  addEventListener(change, () => (isOnline.value = navigator.onLine));
