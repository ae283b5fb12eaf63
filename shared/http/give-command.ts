import type { S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { City } from '../config/city.ts';
import { decideAny } from '../kernel/decide.ts';
import type { Actor } from '../kernel/permissions.ts';
import { attachPhotos } from '../store/photos.ts';
import { earlierCommand, type Private, type Stored } from '../store/item.ts';
import type { Records } from '../store/records.ts';
import type { CommandBody } from './command-bodies.ts';
import { commandKeyOf, idempotencyKeyOf, optionalIdempotencyKey } from './credentials.ts';
import { fieldProblem } from './problems.ts';
import { problemOf } from './refusals.ts';

export type CommandDependencies = {
  city: City;
  store: Records;
  photos: { client: S3Client; bucket: string };
  now: () => string;
};

/**
 * Gives a record the command that a request's body describes. Photos are attached only once the command is
 * known to be allowed; the same idempotency key again changes nothing.
 */
export async function giveCommand(
  deps: CommandDependencies,
  event: APIGatewayProxyEventV2,
  opened: Stored,
  { version, photos: uploads = [], ...fields }: CommandBody,
  actor: Actor,
  revise?: (secret: Private) => Private,
): Promise<Stored> {
  const { kind, record, private: secret } = opened;
  const context = { now: deps.now(), actor, city: deps.city, expectedVersion: version };
  const key = uploads.length > 0 ? idempotencyKeyOf(event) : optionalIdempotencyKey(event);
  const who = actor.kind === 'staff' ? actor.username : actor.kind;
  const commandKey =
    key === undefined ? undefined : commandKeyOf(key, JSON.stringify([who, fields, uploads]));
  const isRepeat = commandKey !== undefined && earlierCommand(secret, commandKey.key) !== undefined;

  let command: { type: string } & Record<string, unknown> = { photos: [], ...fields };
  if (key !== undefined && uploads.length > 0 && !isRepeat) {
    const foreseen = decideAny(kind, record, command, context);
    if (!foreseen.ok) throw problemOf(kind, foreseen.refusal, fields);
    // Nothing is copied for a command that has been done already.
    if (foreseen.events.length > 0)
      command = { ...command, photos: await attach(deps, uploads, key, record.number) };
  }
  const result = await deps.store.execute(opened, command, context, commandKey, revise);
  if (!result.ok) throw problemOf(kind, result.refusal, fields);
  return result.stored;
}

async function attach(
  { photos }: CommandDependencies,
  keys: string[],
  idempotencyKey: string,
  number: string,
) {
  const attached = await attachPhotos(photos.client, photos.bucket, { keys, idempotencyKey, number });
  if (!attached.ok) throw fieldProblem(`photos[${attached.position}]`, attached.reason);
  return attached.photos;
}
