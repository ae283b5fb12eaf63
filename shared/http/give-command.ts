import type { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { City } from '../config/city.ts';
import type { Command } from '../records/report/commands.ts';
import { decide } from '../records/report/decide.ts';
import type { Actor } from '../kernel/permissions.ts';
import { attachPhotos } from '../store/photos.ts';
import type { Private, ReportStore, Stored } from '../store/records.ts';
import { idempotencyKeyOf, optionalIdempotencyKey, sha256 } from './credentials.ts';
import { fieldProblem } from './problems.ts';
import { problemOf } from './refusals.ts';

export type CommandDependencies = {
  city: City;
  store: ReportStore;
  photos: { client: S3Client; bucket: string };
  now: () => string;
};

/**
 * Gives a report the command that a request's body describes. Photos are attached only once the command is
 * known to be allowed; the same idempotency key again changes nothing.
 */
export async function giveCommand(
  deps: CommandDependencies,
  event: APIGatewayProxyEventV2,
  { report, private: secret }: Stored,
  { version, photos: uploads = [], ...fields }: { type: string; photos?: string[]; version?: number },
  actor: Actor,
  revise?: (secret: Private) => Private,
): Promise<Stored> {
  const context = { now: deps.now(), actor, city: deps.city, expectedVersion: version };
  const key = uploads.length > 0 ? idempotencyKeyOf(event) : optionalIdempotencyKey(event);
  const who = actor.kind === 'staff' ? actor.username : actor.kind;
  const commandKey =
    key === undefined
      ? undefined
      : { key: sha256(key), request: sha256(JSON.stringify([who, fields, uploads])) };
  const isRepeat = secret.commandKeys?.some((earlier) => earlier.key === commandKey?.key) === true;

  const withoutPhotos = { photos: [], ...fields } as unknown as Command;
  let command = withoutPhotos;
  if (key !== undefined && uploads.length > 0 && !isRepeat) {
    const foreseen = decide(report, withoutPhotos, context);
    if (!foreseen.ok) throw problemOf(foreseen.refusal, fields);
    // Nothing is copied for a command that has been done already.
    if (foreseen.events.length > 0) {
      const attached = await attachPhotos(deps.photos.client, deps.photos.bucket, {
        keys: uploads,
        idempotencyKey: key,
        number: report.number,
      });
      if (!attached.ok) throw fieldProblem(`photos[${attached.position}]`, attached.reason);
      command = { ...withoutPhotos, photos: attached.photos } as Command;
    }
  }
  const result = await deps.store.execute(report.number, command, context, commandKey, revise);
  if (!result.ok) throw problemOf(result.refusal, fields);
  return result.stored;
}
