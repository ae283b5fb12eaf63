import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { commandBody } from '../../shared/http/command-bodies.ts';
import {
  commandKeyOf,
  idempotencyKeyOf,
  isSame,
  opens,
  optionalIdempotencyKey,
  presentToken,
  sha256,
  type Keys,
} from '../../shared/http/credentials.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { publicPhotos, residentPhotos } from '../../shared/http/linked-photos.ts';
import { numberOf, openRecord } from '../../shared/http/open-record.ts';
import { Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { viewsOf, type Views } from '../../shared/kernel/views.ts';
import type { Private, Stored } from '../../shared/store/item.ts';

export type Dependencies = CommandDependencies & {
  /** The views of each kind, by its name. */
  views: Readonly<Record<string, Views>>;
  keys: () => Promise<Keys>;
  limits: Limits;
  /** A unique id of a link. */
  newLink: () => string;
};

const resident = { kind: 'resident' } as const;

/** The commands for holders of a record's tracking link: those of its kind that are for residents. */
export function createHandler(deps: Dependencies): HttpHandler {
  return endpoint({
    'POST /api/reports/{number}/commands': async (event) => {
      const opened = await openRecord(event, deps.store, deps.limits, isRenewalRetry(deps, event));
      const body = readBody(event, commandBody(opened.kind, 'resident'));
      if (body.type !== 'renew-link')
        return {
          status: 200,
          body: await viewOf(deps, await giveCommand(deps, event, opened, body, resident)),
        };
      // The key is required: a retry after a lost answer needs it, as the old link no longer works.
      const { key } = commandKeyOf(idempotencyKeyOf(event), '');
      const keys = await deps.keys();
      const revise = withNewLink(deps, opened.record.number, keys, key);
      const renewed = await giveCommand(deps, event, opened, body, resident, revise);
      return { status: 200, body: { ...(await viewOf(deps, renewed)), ...linkTo(deps, renewed, keys) } };
    },
    'POST /api/reports/{number}/link': async (event) => ({
      status: 200,
      body: await linkForSender(deps, event),
    }),
  });
}

async function viewOf(deps: Dependencies, { kind, record, events }: Stored): Promise<object> {
  const photos = await publicPhotos(deps.photos, residentPhotos(record), record.number);
  return { ...viewsOf(deps.views, kind).forResident(record, events, deps.city, deps.now()), photos };
}

/**
 * Replaces the tracking link, which invalidates the former one.
 * @param commandKey of the request that replaces it.
 */
function withNewLink(
  deps: Dependencies,
  number: string,
  keys: Keys,
  commandKey: string,
): (secret: Private) => Private {
  const link = deps.newLink();
  const tokenHash = sha256(keys.current.trackingToken(number, link));
  const at = deps.now();
  return (secret) => ({
    ...secret,
    link,
    tokenHash,
    renewal: { formerTokenHash: secret.tokenHash, commandKey, at },
  });
}

function linkTo({ city }: Dependencies, { record: { number }, private: secret }: Stored, keys: Keys): object {
  const trackingToken = presentToken(keys, number, secret);
  if (trackingToken === undefined) throw new Problem('report-not-found');
  return { number, trackingToken, trackUrl: `${city.publicUrl ?? ''}/?report=${number}#${trackingToken}` };
}

/**
 * Returns the current link to the device that sent the report, which alone has its idempotency key. Replaces a revoked
 * link.
 */
async function linkForSender(deps: Dependencies, event: APIGatewayProxyEventV2): Promise<object> {
  const { city, store, limits } = deps;
  readBody(event, z.strictObject({}));
  const [number, sentBy, keys] = [numberOf(event), idempotencyKeyOf(event), await deps.keys()];
  const hashes = keys.all.map((key) => key.keyHash(sentBy));
  const stored = await store.open(number, ({ keyHash }) =>
    hashes.map((hash) => isSame(hash, keyHash)).includes(true),
  );
  if (!stored) {
    await limits.wrongLink(event);
    throw new Problem('report-not-found');
  }
  if (presentToken(keys, number, stored.private) !== undefined) return linkTo(deps, stored, keys);
  // Two requests at once renew it once.
  const commandKey = commandKeyOf(`${sentBy} ${stored.record.version}`, 'link');
  const renewed = await store.execute(
    stored,
    { type: 'renew-link' },
    { now: deps.now(), actor: resident, city },
    commandKey,
    withNewLink(deps, number, keys, commandKey.key),
  );
  if (!renewed.ok) throw problemOf(stored.kind, renewed.refusal);
  return linkTo(deps, renewed.stored, keys);
}

/** A request whose answer was lost is sent again within seconds; a phone that was offline, within minutes. */
const renewalRetryMilliseconds = 10 * 60_000;

/** Accepts the former link for a retry of the very request that replaced it, and for some minutes only. */
function isRenewalRetry(
  { now }: Dependencies,
  event: APIGatewayProxyEventV2,
): (token: string, secret: Private) => boolean {
  const key = optionalIdempotencyKey(event);
  const commandKey = key === undefined ? '' : commandKeyOf(key, '').key;
  return (token, { renewal }) => {
    // Compared in any case: the time this takes reveals nothing.
    const isFormer = opens(token, renewal?.formerTokenHash ?? '');
    return (
      isFormer &&
      renewal?.commandKey === commandKey &&
      Date.parse(now()) - Date.parse(renewal.at) <= renewalRetryMilliseconds
    );
  };
}
