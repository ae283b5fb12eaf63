import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { writeDurably } from './data-folder.ts';
import { serveJson, ServiceError, type Guard } from './json-service.ts';
import type { SecretPlan } from './template/plan.ts';

type StoredSecrets = Record<string, { value: string; versionId: string; createdAt: number }>;

/** The template's secrets, generated once and stored until replaced. Only the owner may read the file. */
export class SecretStore {
  readonly #file: string;
  readonly #kept: StoredSecrets;
  readonly #names = new Map<string, SecretPlan>();

  constructor(dataDir: string, plans: SecretPlan[]) {
    const file = (this.#file = join(dataDir, 'secrets.json'));
    this.#kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as StoredSecrets) : {};
    let changed = false;
    for (const plan of plans) {
      this.#names.set(plan.arn, plan);
      this.#names.set(plan.name, plan);
      if (Object.hasOwn(this.#kept, plan.arn)) continue;
      this.#kept[plan.arn] = {
        value: plan.SecretString ?? generate(plan.GenerateSecretString ?? {}),
        versionId: crypto.randomUUID(),
        createdAt: Date.now(),
      };
      changed = true;
    }
    if (changed) writeDurably(file, JSON.stringify(this.#kept, undefined, 2));
  }

  /** The answer of GetSecretValue; undefined if there is no such secret. */
  get(arnOrName: string):
    | {
        ARN: string;
        Name: string;
        VersionId: string;
        VersionStages: string[];
        CreatedDate: number;
        SecretString: string;
      }
    | undefined {
    const plan = this.#names.get(arnOrName);
    const kept = plan && this.#kept[plan.arn];
    if (!plan || !kept) return undefined;
    return {
      ARN: plan.arn,
      Name: plan.name,
      VersionId: kept.versionId,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: kept.createdAt / 1000,
      SecretString: kept.value,
    };
  }

  /** Stores a new version, whose id is the request's token, as PutSecretValue does. False if there is no such secret. */
  put(arnOrName: string, value: string, versionId: string): boolean {
    const plan = this.#names.get(arnOrName);
    if (!plan || !this.#kept[plan.arn]) return false;
    this.#kept[plan.arn] = { value, versionId, createdAt: Date.now() };
    writeDurably(this.#file, JSON.stringify(this.#kept, undefined, 2));
    return true;
  }
}

const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

function generate(wanted: NonNullable<SecretPlan['GenerateSecretString']>): string {
  const excluded = new Set(wanted.ExcludeCharacters ?? '');
  const kinds = [
    wanted.ExcludeLowercase === true ? '' : 'abcdefghijklmnopqrstuvwxyz',
    wanted.ExcludeUppercase === true ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    wanted.ExcludeNumbers === true ? '' : '0123456789',
    wanted.ExcludePunctuation === true ? '' : punctuation,
    wanted.IncludeSpace === true ? ' ' : '',
  ]
    .map((characters) => Array.from(characters).filter((character) => !excluded.has(character)))
    .filter((characters) => characters.length > 0);
  const all = kinds.flat();
  const pick = (from: string[]): string => from[randomInt(from.length)] ?? '';
  const required = wanted.RequireEachIncludedType === false ? [] : kinds.map(pick);
  const length = wanted.PasswordLength ?? 32;
  const characters = [
    ...required,
    ...Array.from({ length: Math.max(0, length - required.length) }, () => pick(all)),
  ];
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other] ?? '', characters[index] ?? ''];
  }
  const password = characters.slice(0, length).join('');
  if (wanted.SecretStringTemplate === undefined || wanted.GenerateStringKey === undefined) return password;
  return JSON.stringify({
    ...(JSON.parse(wanted.SecretStringTemplate) as object),
    [wanted.GenerateStringKey]: password,
  });
}

const nameInput = z.object({ SecretId: z.string() });
const valueInput = z.object({
  SecretId: z.string(),
  SecretString: z.string(),
  ClientRequestToken: z.string(),
});

/** GetSecretValue, PutSecretValue and DescribeSecret on a loopback port. */
export function serveSecrets(secrets: SecretStore, guard: Guard): ReturnType<typeof serveJson> {
  const named = (input: object): ReturnType<SecretStore['get']> =>
    secrets.get(nameInput.parse(input).SecretId);
  const found = (input: object): NonNullable<ReturnType<SecretStore['get']>> => {
    const secret = named(input);
    if (secret) return secret;
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  const resource = (input: object): string => named(input)?.ARN ?? '*';
  return serveJson({
    service: 'secretsmanager',
    target: 'secretsmanager',
    guard,
    operations: {
      GetSecretValue: { resource, run: found },
      DescribeSecret: {
        resource,
        run: (input) => {
          const { SecretString: _value, VersionId, VersionStages, ...description } = found(input);
          return { ...description, VersionIdsToStages: { [VersionId]: VersionStages } };
        },
      },
      PutSecretValue: {
        resource,
        run: (input) => {
          const { SecretId, SecretString, ClientRequestToken } = valueInput.parse(input);
          secrets.put(SecretId, SecretString, ClientRequestToken);
          const { SecretString: _value, CreatedDate: _date, ...description } = found(input);
          return description;
        },
      },
    },
  });
}
