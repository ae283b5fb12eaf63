import { ref } from 'vue';

/** What the browser says of the connection. It may say yes where there is none; `request` finds out. */
export const isOnline = ref(navigator.onLine);

for (const change of ['online', 'offline'])
  addEventListener(change, () => (isOnline.value = navigator.onLine));
