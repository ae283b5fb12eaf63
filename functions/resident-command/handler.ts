import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { residentView } from '../../shared/records/report/views.ts';
import { residentCommandBody } from '../../shared/http/bodies.ts';
import {
  idempotencyKeyOf,
  isSame,
  opens,
  optionalIdempotencyKey,
  presentToken,
  sha256,
  type Keys,
} from '../../shared/http/credentials.ts';
import { endpoint, readBody, type HttpHandler } from '../../shared/http/endpoint.ts';
import { giveCommand, type CommandDependencies } from '../../shared/http/give-command.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { publicPhotos, residentPhotos } from '../../shared/http/linked-photos.ts';
import { numberOf, openReport } from '../../shared/http/open-report.ts';
import { Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import type { Private, Stored } from '../../shared/store/records.ts';

export type Dependencies = CommandDependencies & {
  keys: () => Promise<Keys>;
  limits: Limits;
  /** A name that no other link has. */
  newLink: () => string;
};

/** What a reporter may ask of the report: add a note, withdraw, rate, reopen, change its link. */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store, limits } = deps;
  const resident = { kind: 'resident' } as const;

  async function viewOf({ report, events }: Stored): Promise<object> {
    const photos = await publicPhotos(deps.photos, residentPhotos(report), report.number);
    return { ...residentView(report, events, city, deps.now()), photos };
  }

  /** What makes the link before this one open nothing. */
  function withNewLink(number: string, keys: Keys): (secret: Private) => Private {
    const link = deps.newLink();
    const tokenHash = sha256(keys.current.trackingToken(number, link));
    return (secret) => ({ ...secret, link, tokenHash, formerTokenHash: secret.tokenHash });
  }

  function linkTo({ report: { number }, private: secret }: Stored, keys: Keys): object {
    const trackingToken = presentToken(keys, number, secret);
    if (trackingToken === undefined) throw new Problem('report-not-found');
    return { number, trackingToken, trackUrl: `${city.publicUrl ?? ''}/?report=${number}#${trackingToken}` };
  }

  /**
   * The link that a report has now, for the device that sent it: only that knows the idempotency key. Where staff
   * have stopped the link, it gets another one.
   */
  async function linkBySender(event: APIGatewayProxyEventV2): Promise<object> {
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
    if (presentToken(keys, number, stored.private) !== undefined) return linkTo(stored, keys);
    const renewed = await store.execute(
      number,
      { type: 'renew-link' },
      { now: deps.now(), actor: resident, city },
      // Asked twice at once, it is renewed once.
      { key: sha256(`${sentBy} ${stored.report.version}`), request: 'link' },
      withNewLink(number, keys),
    );
    if (!renewed.ok) throw problemOf(renewed.refusal);
    return linkTo(renewed.stored, keys);
  }

  return endpoint({
    'POST /api/reports/{number}/commands': async (event) => {
      const opened = await openReport(event, store, limits, asksAgain(event));
      const body = readBody(event, residentCommandBody);
      if (body.type !== 'renew-link')
        return { status: 200, body: await viewOf(await giveCommand(deps, event, opened, body, resident)) };
      // Without it, whoever does not hear the answer would have no link any more.
      idempotencyKeyOf(event);
      const keys = await deps.keys();
      const revise = withNewLink(opened.report.number, keys);
      const renewed = await giveCommand(deps, event, opened, body, resident, revise);
      return { status: 200, body: { ...(await viewOf(renewed)), ...linkTo(renewed, keys) } };
    },
    'POST /api/reports/{number}/link': async (event) => ({ status: 200, body: await linkBySender(event) }),
  });
}

/** The link before opens the report for the very request that changed it, whose answer may have been lost. */
function asksAgain(event: APIGatewayProxyEventV2): (token: string, secret: Private) => boolean {
  const key = optionalIdempotencyKey(event);
  const keyHash = key === undefined ? undefined : sha256(key);
  return (token, { formerTokenHash, commandKeys = [] }) =>
    opens(token, formerTokenHash ?? '') && commandKeys.some((earlier) => earlier.key === keyHash);
}
