import type { Captcha } from '../config/city.ts';
import { logFailure } from '../logging/log.ts';

/** Longer, and whoever waits for the answer to a report gives up. */
const answerMilliseconds = 4000;

export type Verdict = 'passed' | 'failed' | 'down';

/**
 * Asks the captcha's provider whether an answer that a page sent is right.
 * @param address of whoever sent it, for providers that want to know.
 */
export async function verifyCaptcha(
  captcha: Captcha,
  { secret, token, address }: { secret: string | undefined; token: string; address: string | undefined },
  fetch: typeof globalThis.fetch,
): Promise<Verdict> {
  try {
    if (secret === undefined) throw new Error('the captcha has no secret: npm run ops -- secret captcha');
    const values: Record<string, string> = {
      secret,
      token,
      siteKey: captcha.siteKey,
      address: address ?? '',
    };
    const fields = Object.entries(captcha.fields).map(([name, template]): [string, string] => [
      name,
      template.replace(/\{(\w+)\}/g, (gap, value: string) => values[value] ?? gap),
    ]);
    const response = await fetch(captcha.verifyUrl, {
      method: 'POST',
      // Empty ones are left out: an unknown address is no address.
      body: new URLSearchParams(fields.filter(([, value]) => value !== '')),
      redirect: 'error',
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    if (!response.ok) throw new Error(`the captcha's provider answered ${response.status}`);
    const answer: unknown = await response.json();
    const { member, is } = captcha.passed;
    return (answer as Record<string, unknown> | null)?.[member] === is ? 'passed' : 'failed';
  } catch (error) {
    logFailure('captcha-unavailable', error);
    return 'down';
  }
}
