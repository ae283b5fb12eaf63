import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ReportEvent } from '../../events/report.ts';
import type { City } from '../../shared/config/city.ts';
import { replayDays } from '../../shared/config/limits.ts';
import { cityDay } from '../../shared/kernel/clocks/city-day.ts';
import { decide } from '../../shared/records/report/decide.ts';
import { formatNumber, numberDate, numbersPerDay, parseNumber } from '../../shared/kernel/number.ts';
import { fold } from '../../shared/records/report/report.ts';
import type { Actor } from '../../shared/kernel/permissions.ts';
import { resolvePlace } from '../../shared/place/place.ts';
import { reportBody, type ReportBody } from '../../shared/http/bodies.ts';
import {
  idempotencyKeyOf,
  presentToken,
  sha256,
  staffOf,
  type Key,
  type Keys,
} from '../../shared/http/credentials.ts';
import { endpoint, readBody, type Answer, type HttpHandler } from '../../shared/http/endpoint.ts';
import type { Limits } from '../../shared/http/limits.ts';
import { fieldProblem, Problem } from '../../shared/http/problems.ts';
import { problemOf } from '../../shared/http/refusals.ts';
import { logFailure } from '../../shared/log.ts';
import { attachPhotos } from '../../shared/store/photos.ts';
import {
  ContactKeyUnavailable,
  type ContactSealer,
  type SealedContact,
} from '../../shared/store/contact-cipher.ts';
import type { Private, ReportStore, Stored } from '../../shared/store/records.ts';

export type Dependencies = {
  city: City;
  store: ReportStore;
  photos: { client: S3Client; bucket: string };
  contacts: ContactSealer;
  keys: () => Promise<Keys>;
  limits: Limits;
  now: () => string;
};

/**
 * Longer than a request lasts, and than the clocks of two instances are apart: so near to midnight, or to a new key of
 * the secret, a repeated request may be given another number than the first.
 */
const turnMilliseconds = 300_000;

/** A day has 32^5 numbers; as many collisions in a row do not happen by chance. */
const numberTries = 12;

/** The key of the secret that is in use, the city's date as numbers have it, and the hash that the key makes. */
type Turn = { key: Key; date: string; keyHash: string };

/**
 * Takes a report in. The idempotency key chooses the number, so a repeated request finds its report by key
 * alone, on whatever day of the last seven it first came.
 */
export function createHandler(deps: Dependencies): HttpHandler {
  const { city, store } = deps;

  async function submit(event: APIGatewayProxyEventV2, actor: Actor): Promise<Answer> {
    const idempotencyKey = idempotencyKeyOf(event);
    const body = readBody(event, reportBody);
    const keys = await deps.keys();
    const filer = actor.kind === 'staff' ? actor.username : '';
    const request = JSON.stringify([filer, body]);
    const now = deps.now();
    const { own, others } = turnsAt(now, keys, idempotencyKey);
    const { keyHash } = own;

    const [earlier, standing] = await Promise.all([
      findEarlier(keys, idempotencyKey, now, [own, ...others]),
      // Staff file for others, all day and from one address.
      actor.kind === 'staff' ? undefined : deps.limits.standing(event, 'reports', body.contact?.phone),
    ]);
    if (earlier) return replay(earlier.stored, earlier.key.requestHash(request), keys);
    const requestHash = own.key.requestHash(request);

    if (body.category !== undefined && !city.categories.some(({ code }) => code === body.category))
      throw fieldProblem('category', 'unknown-category');
    const place = resolvePlace(city, body.location, body.description);
    if (!place.ok) throw fieldProblem('location.area', 'unknown-area');
    const location = { ...body.location, area: place.place.area, path: place.place.path };
    await standing?.admit();

    for (let attempt = 0; attempt < numberTries; attempt += 1) {
      const number = numberFor(keyHash, own.date, attempt);
      const rivals = others.map((other) => ({
        ...other,
        number: numberFor(other.keyHash, other.date, attempt),
      }));
      const attached = await attachPhotos(deps.photos.client, deps.photos.bucket, {
        keys: body.photos,
        idempotencyKey,
        number,
      });
      if (!attached.ok) throw fieldProblem(`photos[${attached.position}]`, attached.reason);
      const decision = decide(
        undefined,
        {
          type: 'submit',
          number,
          description: body.description,
          location,
          category: body.category,
          photos: attached.photos,
          locale: body.locale,
          source: actor.kind === 'staff' ? 'staff' : 'resident',
        },
        { now, actor, city },
      );
      if (!decision.ok) throw problemOf(decision.refusal);
      const contact = body.contact && (await sealed(number, body.contact));
      const events =
        body.joins === undefined ? decision.events : await join(decision.events, body.joins, now);
      const secret = privateOf(own.key, {
        keyHash,
        requestHash,
        number,
        contact,
        phone: body.contact?.phone,
      });
      const result = await store.create(events, secret, rivals);
      if (result.created) {
        // Here and nowhere else: however often a request is repeated, it makes one report.
        await standing?.count();
        return answer(result.stored, keys);
      }
      const { existing } = result;
      const made = [own, ...rivals].find((one) => one.keyHash === existing.private.keyHash);
      if (made) return replay(existing, made.key.requestHash(request), keys);
    }
    throw new Error('no free report number found');
  }

  /** Without the key nothing is taken in: a contact is kept sealed or not at all, and the page sends again. */
  async function sealed(number: string, contact: NonNullable<ReportBody['contact']>): Promise<SealedContact> {
    try {
      return await deps.contacts.seal(number, contact);
    } catch (error) {
      if (!(error instanceof ContactKeyUnavailable)) throw error;
      logFailure('contact-key-unavailable', error, { number });
      throw new Problem('temporarily-unavailable');
    }
  }

  /**
   * Files a report straight into the open one that it repeats. That one is told first: should the rest fail, the
   * same request again makes the same number.
   */
  async function join(submitted: ReportEvent[], typed: string, now: string): Promise<ReportEvent[]> {
    const into = parseNumber(typed);
    const target = into === undefined ? undefined : await store.load(into);
    if (!target) throw fieldProblem('joins', 'report-not-found');
    if (target.report.parent) throw fieldProblem('joins', 'part-of-another');
    if (target.report.endedAt !== undefined) throw fieldProblem('joins', 'join-target-ended');
    const context = { now, actor: { kind: 'system', name: 'intake' } as const, city };
    const report = fold(submitted);
    const merged = decide(report, { type: 'merge', into: target.report.number }, context);
    if (!merged.ok) throw problemOf(merged.refusal);
    const joined = await store.execute(
      target.report.number,
      { type: 'join', number: report.number, followers: [] },
      context,
    );
    if (!joined.ok) throw problemOf(joined.refusal);
    return [...submitted, ...merged.events];
  }

  /**
   * The report that this idempotency key made, today or on one of the days before, under whichever key of the secret
   * was in use then.
   */
  async function findEarlier(
    keys: Keys,
    idempotencyKey: string,
    now: string,
    turns: readonly Turn[],
  ): Promise<{ stored: Stored; key: Key } | undefined> {
    const dates = [...new Set([...turns.map(({ date }) => date), ...datesBefore(now)])];
    const longAgo = new Date(Date.parse(now) - (replayDays + 1) * 86_400_000).toISOString();
    let candidates = keys.since(longAgo).flatMap((key) => {
      const keyHash = key.keyHash(idempotencyKey);
      return dates.map((date) => ({ date, key, keyHash }));
    });
    for (let attempt = 0; attempt < numberTries && candidates.length > 0; attempt += 1) {
      const places = new Map(
        candidates.map((candidate) => [numberFor(candidate.keyHash, candidate.date, attempt), candidate]),
      );
      const found = await store.loadMany([...places.keys()]);
      // Somebody else's report stands where ours would: look where ours would have gone next.
      candidates = [];
      for (const stored of found) {
        const place = places.get(stored.report.number);
        if (!place) continue;
        if (stored.private.keyHash === place.keyHash) return { stored, key: place.key };
        candidates.push(place);
      }
    }
    return undefined;
  }

  /** What a request of this moment is numbered by: here, and wherever a clock is ahead or behind. */
  function turnsAt(now: string, keys: Keys, idempotencyKey: string): { own: Turn; others: Turn[] } {
    const at = (milliseconds: number): Turn => {
      const instant = new Date(Date.parse(now) + milliseconds).toISOString();
      const key = keys.at(instant);
      return { key, date: numberDate(instant, city.timeZone), keyHash: key.keyHash(idempotencyKey) };
    };
    const own = at(0);
    const isOther = ({ key, date }: Turn): boolean => key !== own.key || date !== own.date;
    return { own, others: [at(-turnMilliseconds), at(turnMilliseconds)].filter(isOther) };
  }

  /** The dates of numbers made today and on the days before that count, by the city's calendar. */
  function datesBefore(now: string): string[] {
    const today = Date.parse(cityDay(now, city.timeZone));
    return Array.from({ length: replayDays }, (_, ago) =>
      numberDate(new Date(today - ago * 86_400_000).toISOString(), 'UTC'),
    );
  }

  function numberFor(keyHash: string, date: string, attempt: number): string {
    const bits = createHash('sha256').update(`${keyHash} ${attempt}`).digest().readUInt32BE(0);
    return formatNumber(city.numberPrefix, date, bits % numbersPerDay);
  }

  function replay(stored: Stored, requestHash: string, keys: Keys): Answer {
    if (stored.private.requestHash !== requestHash) throw new Problem('idempotency-key-reused');
    return answer(stored, keys);
  }

  /** The same for a repetition, whatever has become of the report since; with the link that it has now. */
  function answer({ report, private: secret }: Stored, keys: Keys): Answer {
    const { number } = report;
    const trackingToken = presentToken(keys, number, secret);
    // Its link was stopped, or made by a key that is gone.
    if (trackingToken === undefined) throw new Problem('report-not-found');
    const trackUrl = `${city.publicUrl ?? ''}/?report=${number}#${trackingToken}`;
    return { status: 201, body: { number, trackingToken, status: 'submitted', trackUrl } };
  }

  return endpoint({
    'POST /api/reports': (event) => submit(event, { kind: 'resident' }),
    'POST /api/desk/reports': (event) => submit(event, staffOf(event)),
  });
}

function privateOf(
  key: Key,
  {
    number,
    contact,
    phone,
    ...hashes
  }: {
    keyHash: string;
    requestHash: string;
    number: string;
    contact: SealedContact | undefined;
    phone: string | undefined;
  },
): Private {
  return {
    ...hashes,
    tokenHash: sha256(key.trackingToken(number, hashes.keyHash)),
    ...(contact && { contact }),
    ...(phone !== undefined && { contactHash: key.contactHash(phone) }),
  };
}
