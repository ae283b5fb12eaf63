import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as z from 'zod';
import type { CredentialStore } from './credentials.ts';
import { writeDurably } from './data-folder.ts';
import { checkSignedHeaders } from './door/signature.ts';
import { sentence, type AccessControl } from './iam/access-control.ts';
import type { Callers } from './iam/callers.ts';
import type { SecretPlan } from './template/plan.ts';

type Kept = Record<string, { value: string; versionId: string; createdAt: number }>;

/** Made once for each secret of the template, and kept until it is replaced. Only the owner may read the file. */
export class SecretStore {
  readonly #file: string;
  readonly #kept: Kept;
  readonly #names = new Map<string, SecretPlan>();

  constructor(dataDir: string, plans: SecretPlan[]) {
    const file = (this.#file = join(dataDir, 'secrets.json'));
    this.#kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : {};
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

  /** As GetSecretValue answers; undefined if there is none. */
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

  /** As PutSecretValue does: the version is named by the request's token. Answers false if there is no such secret. */
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

/**
 * GetSecretValue, PutSecretValue and DescribeSecret on a loopback port, for requests that this cloud's functions and its
 * operator have signed and may make.
 */
export async function serveSecrets({
  secrets,
  credentials,
  callers,
  access,
  now,
}: {
  secrets: SecretStore;
  credentials: CredentialStore;
  callers: Callers;
  access: AccessControl;
  now: () => number;
}): Promise<{ url: string; stop: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= 65_536) chunks.push(chunk);
    });
    request.on('end', () => {
      const answer = (status: number, body: object): void => {
        response.writeHead(status, {
          'content-type': 'application/x-amz-json-1.1',
          date: new Date(now()).toUTCString(),
        });
        response.end(JSON.stringify(body));
      };
      const operation = String(request.headers['x-amz-target'] ?? '');
      if (!/^secretsmanager\.(GetSecretValue|DescribeSecret|PutSecretValue)$/.test(operation)) {
        answer(400, {
          __type: 'UnknownOperationException',
          message: `the embedded cloud has no ${operation || `${request.method ?? ''} ${request.url ?? ''}`}`,
        });
        return;
      }
      const body = Buffer.concat(chunks);
      const checked = checkSignedHeaders(request, credentials, now(), { service: 'secretsmanager', body });
      if (!checked.ok) {
        answer(400, { __type: 'AccessDeniedException', message: checked.message });
        return;
      }
      const asked = askedIn(body);
      const known = asked && secrets.get(asked.SecretId);
      const caller = callers.of(checked.accessKeyId);
      const action = operation.replace('secretsmanager.', 'secretsmanager:');
      const denial = caller && access.check(caller, action, known?.ARN ?? asked?.SecretId ?? '*');
      if (!caller || denial) {
        answer(400, {
          __type: 'AccessDeniedException',
          Message: denial ? sentence(denial) : 'The security token included in the request is invalid.',
        });
        return;
      }
      if (operation.endsWith('PutSecretValue')) {
        if (asked?.SecretString === undefined || asked.ClientRequestToken === undefined) {
          answer(400, { __type: 'InvalidRequestException', message: 'SecretString, ClientRequestToken' });
          return;
        }
        secrets.put(asked.SecretId, asked.SecretString, asked.ClientRequestToken);
      }
      const found = asked && secrets.get(asked.SecretId);
      if (!found) {
        answer(400, {
          __type: 'ResourceNotFoundException',
          message: "Secrets Manager can't find the specified secret.",
        });
        return;
      }
      const { SecretString: value, VersionId: version, VersionStages: stages, ...description } = found;
      answer(
        200,
        operation.endsWith('DescribeSecret')
          ? { ...description, VersionIdsToStages: { [version]: stages } }
          : {
              ...description,
              VersionId: version,
              VersionStages: stages,
              ...(operation.endsWith('GetSecretValue') && { SecretString: value }),
            },
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) =>
        server.close(() => {
          done();
        }),
      );
    },
  };
}

const askedSchema = z.object({
  SecretId: z.string(),
  SecretString: z.string().optional(),
  ClientRequestToken: z.string().optional(),
});

function askedIn(body: Buffer): z.infer<typeof askedSchema> | undefined {
  try {
    return askedSchema.parse(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
}
