import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Webhook } from '../config/city.ts';
import { mayCall, reachOf, reachOfHost, type Reach } from './addresses.ts';

/** A webhook whose address may not be called, now or later. */
export class WebhookRefused extends Error {}

/** Posts JSON; answers the status, whatever it is, and the beginning of the body. A redirection is not followed. */
export type CallWebhook = (
  webhook: Webhook,
  message: { body: string; headers?: Record<string, string> },
) => Promise<{ status: number; body: string }>;

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const answerMilliseconds = 8000;
/** Nobody's answer to a webhook says more in as much; the rest is not read. */
const answerBytes = 16 * 1024;

/**
 * Calls the systems of others, at public addresses by https; at those of the city's own network, and by http, where
 * its file says `intranet`. What counts is the address that is connected to: a name is resolved once, every address
 * it has is judged, and the connection goes to one of those. No connection is used twice, so none that one webhook
 * was allowed serves another.
 *
 * @throws WebhookRefused for an address that may not be called; any other error for one that could not be.
 */
export function webhookCaller(resolve: Resolve = resolveByDns): CallWebhook {
  return async (webhook, { body, headers = {} }) => {
    const { url, intranet = false } = webhook;
    const { hostname, protocol } = new URL(url);
    const judge = (reach: Reach | undefined, where: string): void => {
      if (reach !== undefined && !mayCall(reach, webhook))
        throw new WebhookRefused(`webhook refused: ${where} is no public address`);
    };
    if (protocol !== 'https:' && !intranet)
      throw new WebhookRefused(`webhook refused: ${protocol} is not https`);
    judge(reachOfHost(url), hostname);

    const lookup: LookupFunction = (name, { all }, done) => {
      resolve(name).then(
        (addresses) => {
          try {
            for (const { address } of addresses) judge(reachOf(address), `${name} (${address})`);
            const [first] = addresses;
            if (!first) throw new Error(`${name} has no address`);
            if (all === true) done(null, addresses);
            else done(null, first.address, first.family);
          } catch (error) {
            done(error as Error, []);
          }
        },
        (error: unknown) => {
          done(error as Error, []);
        },
      );
    };
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...headers,
      },
      agent: false,
      lookup,
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    // Whoever waits for the answer hears of it; one that comes later ends the reading.
    request.on('error', () => undefined).end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await beginningOf(response) };
  };
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop ends the connection.
    if (bytes >= answerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, answerBytes).toString();
}

async function resolveByDns(hostname: string): Promise<LookupAddress[]> {
  return new Promise((done, fail) => {
    lookUp(hostname, { all: true }, (error, addresses) => {
      if (error) fail(error);
      else done(addresses);
    });
  });
}
