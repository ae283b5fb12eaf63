import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Webhook } from '../config/city.ts';
import { mayCall, reachOf, reachOfHost, type Reach } from './addresses.ts';

/** A webhook whose address may never be called. */
export class WebhookRefused extends Error {}

/** Posts JSON; returns the status, whatever it is, and the beginning of the body. Redirects are not followed. */
export type CallWebhook = (
  webhook: Webhook,
  message: { body: string; headers?: Record<string, string> },
) => Promise<{ status: number; body: string }>;

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

const answerMilliseconds = 8000;
/** The part of a response that is read. */
const answerBytes = 16 * 1024;

/**
 * Calls external systems: public addresses by https; those of the city's own network, and http, only with `intranet`.
 * The connected address is what is checked: a name is resolved once, all its addresses are checked, and the connection
 * is made to one of them. Connections are not reused, so that one webhook's permission never serves another.
 *
 * @throws WebhookRefused for an address that may not be called; any other error if the call failed.
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
    // The caller waiting for the response gets the error; a later one ends the reading.
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
    // Leaving the loop closes the connection.
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
