import { newIdempotencyKey } from '../api/request.ts';
import { readStored, writeStored } from './storage.ts';

/** What a solved captcha is worth: one request. */
let solved: string | undefined;

export function keepSolvedCaptcha(token: string): void {
  solved = token;
}

/**
 * Tells the API who asks, as far as limits go: a number that this device made up, which stands for nobody, and the
 * captcha that was just solved.
 */
export function callerHeaders(): Record<string, string> {
  const kept = readStored('device');
  const device = typeof kept === 'string' ? kept : newIdempotencyKey();
  if (device !== kept) writeStored('device', device);
  const headers = { 'x-device': device, ...(solved !== undefined && { 'x-captcha-token': solved }) };
  solved = undefined;
  return headers;
}
