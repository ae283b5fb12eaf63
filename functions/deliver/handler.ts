import { createHmac } from 'node:crypto';
import type { AnyEvent } from '../../events/envelope.ts';
import type { City, Webhook } from '../../shared/config/city.ts';
import type { Keys } from '../../shared/http/credentials.ts';
import { seenBy } from '../../shared/kernel/fold.ts';
import type { PublishedKind } from '../../shared/kernel/kind.ts';
import { consumer, Unprocessable, type Parking, type QueueHandler } from '../../shared/queue/consume.ts';
import { WebhookRefused, type CallWebhook } from '../../shared/webhook/call.ts';

export type Dependencies = {
  kinds: readonly PublishedKind[];
  city: City;
  keys: () => Promise<Keys>;
  parking: Parking;
  call: CallWebhook;
  now: () => string;
};

/**
 * Sends new assignments to the department's own system. A department without one uses the desk's inbox. Delivery is at
 * least once: the event's id identifies a repetition.
 */
export function createHandler({ kinds, city, keys, parking, call, now }: Dependencies): QueueHandler {
  return consumer(kinds, parking, async (event, kind) => {
    const seen = seenBy(kind, 'webhook', event);
    if (!seen) return;
    const id = seen.data['department'];
    const department = city.departments.find((each) => each.id === id);
    if (!department) throw new Unprocessable(`no department "${String(id)}" in this city`);
    if (!department.webhook) return;
    const instant = now();
    const secrets = (await keys()).webhookSecrets(department.id, instant);
    await send(call, department.webhook, seen, secrets, instant);
  });
}

/**
 * 2xx is success; 4xx (unless it asks for a retry) and forbidden addresses are permanent failures; the rest is
 * retried.
 */
async function send(
  call: CallWebhook,
  webhook: Webhook,
  event: AnyEvent,
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

/**
 * The receiver checks that one of the signatures is `HMAC-SHA256(secret, timestamp + "." + body)` in hex, and that the
 * timestamp (seconds since 1970) is recent, which prevents replays.
 * @param secrets the latest first; each gives one signature.
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
