import type { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ReportEvent } from '../../events/report.ts';
import type { City } from '../../shared/config/city.ts';
import { reportBody, type ReportBody } from '../../shared/http/bodies.ts';
import {
  idempotencyKeyOf,
  presentToken,
  sha256,
  staffOf,
  type Key,
  type Keys,
} from '../../shared/http/credentials.ts';
import type { Answer } from '../../shared/http/answers.ts';
import { endpoint, type HttpHandler } from '../../shared/http/endpoint.ts';
import { readBody } from '../../shared/http/read-request.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { decide } from '../../shared/kernel/decide.ts';
import { parseNumber } from '../../shared/kernel/number.ts';
import {
  chosenNumber,
  earlierNumberInputs,
  numberTries,
  numberInputsAt,
  type NumberInput,
} from '../../shared/kernel/numbering.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { logFailure } from '../../shared/logging/log.ts';
import { resolvePlace } from '../../shared/place/place.ts';
import { report as kind, type ReportKind } from '../../shared/records/report/kind.ts';
import { ContactKeyUnavailable, type ContactSealer } from '../../shared/store/contact-cipher.ts';
import { findEarlier } from '../../shared/store/earlier-request.ts';
import type { Private, Stored } from '../../shared/store/item.ts';
import { attachPhotos } from '../../shared/store/photos.ts';
import type { Records } from '../../shared/store/records.ts';
import { joinFirst } from './join.ts';

export type Dependencies = {
  city: City;
  store: Records<ReportKind>;
  photos: { client: S3Client; bucket: string };
  contacts: ContactSealer;
  keys: () => Promise<Keys>;
  limits: Limits;
  now: () => string;
};

/** A request, its sender and time, and what the secret's keys derive from it. */
type Sent = {
  actor: Actor;
  body: ReportBody;
  idempotencyKey: string;
  now: string;
  keys: Keys;
  own: NumberInput<Key>;
  others: NumberInput<Key>[];
  /** The content that a repeated request must equal. */
  request: string;
};
type Location = ReportEvent<'report-submitted.v1'>['data']['location'];

/**
 * Accepts a report. Its number is derived from the idempotency key, so a repeated request finds its report by key
 * alone for seven days.
 */
export function createHandler(deps: Dependencies): HttpHandler {
  return endpoint({
    'POST /api/reports': (event) => submit(deps, event, { kind: 'resident' }),
    'POST /api/desk/reports': (event) => submit(deps, event, staffOf(event)),
  });
}

async function submit(deps: Dependencies, event: APIGatewayProxyEventV2, actor: Actor): Promise<Answer> {
  const { city, store, limits } = deps;
  const sent = await readSent(deps, event, actor);
  const { body, keys, idempotencyKey, own, others, now } = sent;
  const inputs = earlierNumberInputs(now, keys, idempotencyKey, city.timeZone, [own, ...others]);
  const [earlier, standing] = await Promise.all([
    findEarlier(store, numbersOf(city), inputs),
    // Staff submit for many people from one address, so they are not limited.
    actor.kind === 'staff' ? undefined : limits.standing(event, 'reports', body.contact?.phone),
  ]);
  if (earlier) return replay(city, earlier.stored, earlier.key.requestHash(sent.request), keys);

  const location = locationOf(city, body);
  await standing?.admit();

  for (let attempt = 0; attempt < numberTries; attempt += 1) {
    const result = await create(deps, sent, location, attempt);
    if (result.created) {
      // Counted only here: a repeated request creates one report.
      await standing?.count();
      return answer(city, result.stored, keys);
    }
    const { existing } = result;
    const match = [own, ...others].find(({ keyHash }) => keyHash === existing.private.keyHash);
    if (match) return replay(city, existing, match.key.requestHash(sent.request), keys);
  }
  throw new Error('no free report number found');
}

async function readSent(deps: Dependencies, event: APIGatewayProxyEventV2, actor: Actor): Promise<Sent> {
  const idempotencyKey = idempotencyKeyOf(event);
  const body = readBody(event, reportBody);
  const keys = await deps.keys();
  const sender = actor.kind === 'staff' ? actor.username : '';
  const request = JSON.stringify([sender, body]);
  const now = deps.now();
  const inputs = numberInputsAt(now, keys, idempotencyKey, deps.city.timeZone);
  return { actor, body, idempotencyKey, now, keys, request, ...inputs };
}

function locationOf(city: City, { category, location, description }: ReportBody): Location {
  if (category !== undefined && !city.categories.some(({ code }) => code === category))
    throw fieldProblem('category', 'unknown-category');
  const resolved = resolvePlace(city, location, description);
  if (!resolved.ok) throw fieldProblem('location.area', 'unknown-area');
  return { ...location, area: resolved.place.area, path: resolved.place.path };
}

/** Creates the report under the number of an attempt, unless that is taken. */
async function create(deps: Dependencies, sent: Sent, location: Location, attempt: number) {
  const { city, store } = deps;
  const { body, own, others, now, actor, idempotencyKey } = sent;
  const number = chosenNumber(numbersOf(city), own, attempt);
  const attached = await attachPhotos(deps.photos.client, deps.photos.bucket, {
    keys: body.photos,
    idempotencyKey,
    number,
  });
  if (!attached.ok) throw fieldProblem(`photos[${attached.position}]`, attached.reason);
  const { contact: _contact, joins: _joins, location: _location, ...sentFields } = body;
  const source = actor.kind === 'staff' ? 'staff' : 'resident';
  const { photos } = attached;
  const decision = decide(
    kind,
    undefined,
    { type: 'submit', ...sentFields, number, location, photos, source },
    { now, actor, city },
  );
  if (!decision.ok) throw problemOf(kind, decision.refusal);
  const secret = await privateOf(deps, sent, number);
  const events =
    body.joins === undefined
      ? decision.events
      : await joinFirst(deps, decision.events, parseNumber(body.joins), now);
  const rivals = others.map(({ keyHash, date }) => ({
    keyHash,
    number: chosenNumber(numbersOf(city), { keyHash, date }, attempt),
  }));
  return store.create(kind, events, secret, rivals);
}

/** Without the contact key no report is accepted: contacts are stored sealed or not at all, and the page retries. */
async function privateOf(
  { contacts }: Dependencies,
  { body: { contact }, own: { key, keyHash }, request }: Sent,
  number: string,
): Promise<Private> {
  try {
    return {
      keyHash,
      requestHash: key.requestHash(request),
      tokenHash: sha256(key.trackingToken(number, keyHash)),
      ...(contact && { contact: await contacts.seal(number, contact) }),
      ...(contact?.phone !== undefined && { contactHash: key.contactHash(contact.phone) }),
    };
  } catch (error) {
    if (!(error instanceof ContactKeyUnavailable)) throw error;
    logFailure('contact-key-unavailable', error, { number });
    throw new Problem('temporarily-unavailable');
  }
}

function numbersOf({ numberPrefix }: City): { prefix: string; letter: string } {
  return { prefix: numberPrefix, letter: kind.letter };
}

function replay(city: City, stored: Stored<ReportKind>, requestHash: string, keys: Keys): Answer {
  if (stored.private.requestHash !== requestHash) throw new Problem('idempotency-key-reused');
  return answer(city, stored, keys);
}

/** The same for a repeated request, whatever the report's state; with its current link. */
function answer(city: City, { record, private: secret }: Stored<ReportKind>, keys: Keys): Answer {
  const { number } = record;
  const trackingToken = presentToken(keys, number, secret);
  // Its link was revoked, or derived from a key that was removed.
  if (trackingToken === undefined) throw new Problem('report-not-found');
  const trackUrl = `${city.publicUrl ?? ''}/?report=${number}#${trackingToken}`;
  return { status: 201, body: { number, trackingToken, status: 'submitted', trackUrl } };
}
