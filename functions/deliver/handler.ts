import { createHmac } from 'node:crypto';
import type { ReportEvent } from '../../events/index.ts';
import type { City } from '../../shared/config/city.ts';
import type { Keys } from '../../shared/http/credentials.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';

export type Dependencies = {
  city: City;
  keys: () => Promise<Keys>;
  parking: Parking;
  fetch: typeof fetch;
  now: () => string;
};

const answerMilliseconds = 8000;
/** How long deliveries are signed by the key before as well: time to hand the new secret to the department. */
const graceDays = 30;

/**
 * Hands an assignment to its department's own system. A department without one has the desk's inbox, and its
 * message is done. Delivery is at least once: the event's id tells a repetition.
 */
export function createHandler({ city, keys, parking, fetch, now }: Dependencies): QueueHandler {
  return consumer(parking, async (event) => {
    if (event.type !== 'report-assigned.v1') return;
    const department = city.departments.find(({ id }) => id === event.data.department);
    if (!department) throw new Unprocessable(`no department "${event.data.department}" in this city`);
    if (!department.webhook) return;
    const instant = now();
    const graceFrom = new Date(Date.parse(instant) - graceDays * 86_400_000).toISOString();
    const secrets = (await keys())
      .since(graceFrom)
      .filter(({ from }) => from <= instant)
      .map((key) => key.webhookSecret(department.id));
    await call(department.webhook.url, event, secrets, instant);
  });

  /** 2xx is taken; 4xx will never be, unless it asks for patience; anything else may be later. */
  async function call(
    url: string,
    event: ReportEvent,
    secrets: readonly string[],
    instant: string,
  ): Promise<void> {
    const body = JSON.stringify(event);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(body, secrets, instant) },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    await response.body?.cancel();
    if (response.ok) return;
    const answer = `webhook answered ${response.status}`;
    if (response.status >= 400 && response.status < 500 && ![408, 425, 429].includes(response.status))
      throw new Unprocessable(answer);
    throw new Error(answer);
  }
}

/**
 * What the receiver checks: that one of the signatures is `HMAC-SHA256(secret, timestamp + "." + body)` in hex, and
 * that the timestamp (seconds since 1970) is recent, so that a recorded call cannot be played again.
 * @param secrets of each one a signature, the latest first.
 */
export function signatureHeaders(
  body: string,
  secrets: readonly string[],
  now: string,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.parse(now) / 1000));
  const signatures = secrets.map(
    (secret) => `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  );
  return { 'x-suishoubao-timestamp': timestamp, 'x-suishoubao-signature': signatures.join(', ') };
}
