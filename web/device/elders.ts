import { ref } from 'vue';
import { readStored, writeStored } from './storage.ts';

/** Elders' mode 长辈版: larger type and targets, and one form step at a time. Stored on this device. */
export const isForElders = ref(readStored('elders') === true);

export function setForElders(chosen: boolean): void {
  isForElders.value = chosen;
  writeStored('elders', chosen || undefined);
  applyElders();
}

export function applyElders(): void {
  document.documentElement.classList.toggle('elders', isForElders.value);
}
