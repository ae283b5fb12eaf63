import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOperatorFile } from '../../infra/local/operator-file.ts';
import { parseSecret, type Secret } from '../../shared/config/secret.ts';
import { Key } from '../../shared/http/credentials.ts';
import { keyOf } from '../../shared/store/item.ts';
import { Instance } from '../support/instance.ts';
import { copyTemplates } from '../support/templates.ts';

/**
 * The product as run by `npm start`. Its key is rotated twice while reports are submitted; then its logs and
 * output are searched for secrets and personal data.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'suishoubao-secrets-'));
const root = resolve(import.meta.dirname, '..', '..');
let instance: Instance;

beforeAll(async () => {
  copyTemplates(dataDir);
  instance = await Instance.start(dataDir);
});
afterAll(async () => {
  await instance.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

type Filed = { number: string; token: string; key: string; body: object };
const phone = '13877665544';
const name = '欧阳测试人';
const captcha = 'what-the-provider-gave-the-city';
const filed: Filed[] = [];
/** How many more reports have the telephone number, which the city limits. */
let withPhone = 12;
const signatures: string[] = [];

async function file(earlier?: Filed): Promise<Filed> {
  const key = earlier?.key ?? randomUUID();
  const body = earlier?.body ?? {
    description: `三号楼二单元楼道漏水 ${filed.length}`,
    location: { area: 'tinglan-court' },
    ...(withPhone-- > 0 && { contact: { name, phone } }),
  };
  const { status, json } = await instance.call('POST', '/api/reports', { key, body });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
  return { number: String(json['number']), token: String(json['trackingToken']), key, body };
}

const ops = (...args: string[]): Promise<string> => opsHearing('', ...args);

async function opsHearing(input: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'infra/ops/main.ts'), ...args, '--data', dataDir]);
  child.stdin.end(input);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((done) => child.once('exit', done));
  if (code !== 0) throw new Error(output);
  return output;
}

const advance = (duration: string) => instance.call('POST', '/local/clock', { body: { advance: duration } });

function secretValues(): string[] {
  const kept = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<
    string,
    { value: string }
  >;
  return Object.values(kept).map(({ value }) => value);
}

/** The secret with the city's keys, as stored after a rotation. */
function keptSecret(): Secret {
  return parseSecret(secretValues().find((value) => value.startsWith('{')) ?? '');
}

function secretKeys(): string[] {
  return secretValues().flatMap((value) =>
    value.startsWith('{') ? parseSecret(value).keys.map(({ key }) => key) : [value],
  );
}

describe('rotating the key under load', () => {
  it('keeps tracking links, repeated requests and telephone numbers working, twice in a row', async () => {
    const state = { goesOn: true };
    const failures: unknown[] = [];
    const load = (async () => {
      while (state.goesOn) {
        try {
          const made = await file();
          filed.push(made);
          const earlier = filed[Math.floor(filed.length / 2)] ?? made;
          expect(await file(earlier)).toEqual(earlier);
          const { status } = await instance.call('GET', `/api/reports/${earlier.number}`, {
            token: earlier.token,
          });
          expect(status).toBe(200);
        } catch (error) {
          failures.push(error);
        }
      }
    })();
    const more = async (): Promise<void> => {
      const from = filed.length;
      while (filed.length < from + 5 && failures.length === 0)
        await new Promise((done) => setTimeout(done, 20));
    };
    const printed: string[] = [];
    await more();
    for (let turn = 0; turn < 2; turn += 1) {
      withPhone = 12;
      printed.push(await ops('secret', 'rotate'));
      await more();
      // The functions reread the secret before the new key is used, and after that.
      for (let step = 0; step < 4; step += 1) {
        await advance('PT3M');
        await more();
      }
    }
    withPhone = 12;
    await more();
    state.goesOn = false;
    await load;
    expect(failures).toEqual([]);

    const keys = secretKeys();
    expect(keys.length).toBeGreaterThanOrEqual(4);
    for (const key of keys) expect(printed.join('')).not.toContain(key);
    const hashes = new Set(filed.map(({ token }) => token));
    expect(hashes.size).toBe(filed.length);

    for (const one of [filed[0], filed.at(-1)]) {
      expect(one && (await file(one))).toEqual(one);
      const { status } = await instance.call('GET', `/api/reports/${one?.number ?? ''}`, {
        token: one?.token ?? '',
      });
      expect(status).toBe(200);
    }
    // All reports with the number, whichever key hashed it.
    const token = await instance.tokenOf('admin');
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const { json } = await instance.call('POST', '/api/desk/search', {
        token,
        body: { phone, ...(cursor !== undefined && { cursor }) },
      });
      const items = json['items'] as { number: string }[];
      expect(items.length).toBeLessThanOrEqual(25);
      found.push(...items.map(({ number }) => number));
      cursor = json['cursor'] as string | undefined;
    } while (cursor !== undefined);
    const reachable = filed.filter(({ body }) => 'contact' in body);
    expect(reachable.length).toBeGreaterThan(25);
    expect(found.sort()).toEqual(reachable.map(({ number }) => number).sort());
  });
});

describe('the operator’s commands', () => {
  it('print the signing secrets of one department’s webhook only', async () => {
    const lines = (await ops('secret', 'webhook', 'property-kangning')).trim().split('\n').slice(1);
    const { keys } = keptSecret();
    const made = keys.map((key) => new Key(key).webhookSecret('property-kangning'));
    expect(lines).toEqual(made);
    expect(lines.length).toBeGreaterThan(2);
    for (const { key } of keys) expect(lines).not.toContain(key);
    await expect(ops('secret', 'webhook', 'nobody')).rejects.toThrow('There is no department "nobody"');
    await expect(ops('secret', 'webhook')).rejects.toThrow('There is no department');
    await expect(ops('secret', 'show', 'property-kangning')).rejects.toThrow('Say show');
  });

  it('set the captcha provider’s secret from standard input, and remove it', async () => {
    const before = keptSecret();
    expect(await opsHearing(`${captcha}\n`, 'secret', 'captcha')).toMatch(/a captcha secret is set/);
    expect(keptSecret()).toEqual({ ...before, captcha });
    expect(await ops('secret', 'show')).not.toContain(captcha);
    expect(await opsHearing('\n', 'secret', 'captcha')).toMatch(/no captcha secret/);
    expect(keptSecret()).toEqual(before);
    await opsHearing(captcha, 'secret', 'captcha');
  });
});

describe('logs', () => {
  it('contain no secret, token, key, name or telephone number, not even of failures', async () => {
    const secrets = new Map<string, string>();
    const keep = (what: string, value: string): unknown => secrets.set(value, what);
    keep('telephone number', phone);
    keep('name', name);
    keep('captcha secret', captcha);
    for (const key of secretKeys()) keep('key of the secret', key);
    for (const { token, key } of filed) {
      keep('tracking token', token);
      keep('idempotency key', key);
    }
    const staff = await instance.tokenOf('admin');
    keep('staff token', staff.split('.')[2] ?? staff);
    const one = filed[0];
    if (!one) throw new Error('nothing was filed');
    const [, two] = filed;

    const key = randomUUID();
    keep('idempotency key', key);
    const { json } = await instance.call('POST', '/api/uploads', {
      key,
      body: { photos: [{ contentType: 'image/jpeg', size: 4 }] },
    });
    const [form] = json['uploads'] as { url: string; fields: Record<string, string> }[];
    signatures.push(form?.fields['X-Amz-Signature'] ?? '');
    for (const signature of signatures) keep('signature', signature);

    // Failing requests, each with something that must not be logged.
    const fail = async (expected: number, ...[method, path, options]: Parameters<Instance['call']>) => {
      const { status } = await instance.call(method, path, options);
      expect(status, `${method} ${path}`).toBe(expected);
    };
    await fail(400, 'POST', '/api/reports', {
      key: randomUUID(),
      body: { contact: { name, phone: [phone] } },
    });
    await fail(422, 'POST', '/api/reports', { key: one.key, body: { ...one.body, category: 'city.road' } });
    await fail(404, 'GET', `/api/reports/${one.number}`, { token: two?.token ?? '' });
    await fail(404, 'POST', `/api/reports/${one.number}/link`, { key: two?.key ?? '', body: {} });
    await fail(401, 'GET', '/api/desk/me', { token: `${staff}x` });
    await fail(400, 'POST', '/api/desk/search', { token: staff, body: { phone, cursor: phone } });
    await fail(409, 'POST', `/api/desk/reports/${one.number}/commands`, {
      token: staff,
      body: { type: 'reveal', reason: '核实', version: 100 },
    });
    await fetch(`${instance.url}/api/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': one.key },
      body: `{"contact": {"phone": "${phone}", ${name}`,
    });
    await fetch(form?.url ?? '', { method: 'POST', body: new FormData() });

    // An internal error: this report's history is unreadable, and the parser's message would quote it.
    const operator = readOperatorFile(dataDir);
    if (!operator) throw new Error('no operator file');
    const dynamodb = new DynamoDBClient({
      endpoint: operator.endpoints.dynamodb,
      region: operator.region,
      credentials: operator.credentials,
    });
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: operator.outputs['RecordsTableName'],
        Key: keyOf(one.number),
        UpdateExpression: 'SET history = :broken',
        ExpressionAttributeValues: {
          ':broken': { B: Buffer.concat([Buffer.of(1), deflateRawSync(`${name} ${phone}`)]) },
        },
      }),
    );
    dynamodb.destroy();
    await fail(500, 'GET', `/api/reports/${one.number}`, { token: one.token });
    await fail(500, 'GET', `/api/desk/reports/${one.number}`, { token: staff });
    await fail(500, 'POST', `/api/reports/${one.number}/commands`, {
      token: one.token,
      key: one.key,
      body: { type: 'note', text: phone },
    });
    await fetch(`${instance.url}/local/idle?timeout=2`);

    await instance.kill('SIGTERM');
    const folder = join(dataDir, 'logs');
    const logs = readdirSync(folder).map((file) => ({
      file,
      text: readFileSync(join(folder, file), 'utf8'),
    }));
    expect(logs.map(({ text }) => text).join('')).toContain('request-failed');
    const leaks = [...logs, { file: 'what it printed', text: instance.output }].flatMap(({ file, text }) =>
      [...secrets].filter(([secret]) => text.includes(secret)).map(([, what]) => `${what} in ${file}`),
    );
    expect(leaks).toEqual([]);
    expect(secrets.size).toBeGreaterThan(20);
  });
});
