import { createHmac } from 'node:crypto';
import type { ReportEvent } from '../../events/report.ts';
import type { City, Webhook } from '../../shared/config/city.ts';
import type { Keys } from '../../shared/http/credentials.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { WebhookRefused, type CallWebhook } from '../../shared/webhook/call.ts';

export type Dependencies = {
  city: City;
  keys: () => Promise<Keys>;
  parking: Parking;
  call: CallWebhook;
  now: () => string;
};

/**
 * Hands an assignment to its department's own system. A department without one has the desk's inbox, and its
 * message is done. Delivery is at least once: the event's id tells a repetition.
 */
export function createHandler({ city, keys, parking, call, now }: Dependencies): QueueHandler {
  return consumer(parking, async (event) => {
    if (event.type !== 'report-assigned.v1') return;
    const department = city.departments.find(({ id }) => id === event.data.department);
    if (!department) throw new Unprocessable(`no department "${event.data.department}" in this city`);
    if (!department.webhook) return;
    const instant = now();
    const secrets = (await keys()).webhookSecrets(department.id, instant);
    await tell(department.webhook, event, secrets, instant);
  });

  /**
   * 2xx is taken; 4xx will never be, unless it asks for patience, nor is an address called that may not be; anything
   * else may be later.
   */
  async function tell(
    webhook: Webhook,
    event: ReportEvent,
    secrets: readonly string[],
    instant: string,
  ): Promise<void> {
    const body = JSON.stringify(event);
    const headers = signatureHeaders(body, secrets, instant);
    const { status } = await call(webhook, { body, headers }).catch((error: unknown) => {
      if (error instanceof WebhookRefused) throw new Unprocessable(error.message, { cause: error });
      throw error;
    });
    if (status >= 200 && status < 300) return;
    const answer = `webhook answered ${status}`;
    if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new Unprocessable(answer);
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
