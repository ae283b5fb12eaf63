import { newIdempotencyKey } from '../api/request.ts';
import { readStored, writeStored } from './storage.ts';

/** The token of a solved captcha; it is valid for one request. */
let captchaToken: string | undefined;

export function keepSolvedCaptcha(token: string): void {
  captchaToken = token;
}

/**
 * Headers for the API's rate limits: a random identifier of this device, not linked to a person, and the token of a
 * captcha that was just solved.
 */
export function callerHeaders(): Record<string, string> {
  const stored = readStored('device');
  const device = typeof stored === 'string' ? stored : newIdempotencyKey();
  if (device !== stored) writeStored('device', device);
  const headers = {
    'x-device': device,
    ...(captchaToken !== undefined && { 'x-captcha-token': captchaToken }),
  };
  captchaToken = undefined;
  return headers;
}
