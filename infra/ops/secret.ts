import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { announceMinutes, parseSecret, withNewKey, type Secret } from '../../shared/config/secret.ts';
import { Keys } from '../../shared/http/credentials.ts';
import { readCity } from '../build.ts';
import { parseArguments, wrongUsage } from './arguments.ts';
import type { Noun } from './noun.ts';
import { timeOf } from './time-of.ts';

/** Enough for years of rotations; every kept key is one more to try for a hash that does not name its key. */
const defaultKept = 6;

/**
 * The one secret. A new key is announced some minutes before its use, and earlier keys are kept, so that what they
 * signed stays valid. No key is printed, except a department's webhook secret, which is derived from one.
 */
export const secret: Noun = {
  usage: [
    ['secret show', '各密钥何时启用', 'when each key came into use'],
    [
      `secret rotate [--keep ${defaultKept}]`,
      `换密钥：${announceMinutes} 分钟后启用，旧的保留`,
      `creates a new key, in use after ${announceMinutes} minutes; earlier keys are kept`,
    ],
    [
      'secret webhook DEPARTMENT',
      '承办单位回调签名用的密钥，交给对方系统；轮换后三十天内有两个，新的在前',
      'prints the secret that signs a department’s webhooks, for its system; two for thirty days after a rotation, the new one first',
    ],
    [
      'secret captcha',
      '从标准输入读入验证码服务的密钥；空行则删去',
      "reads the captcha provider's secret from standard input; an empty line removes it",
    ],
  ],
  async run(args, connect) {
    const { verb, keep, department } = read(args);
    const connection = await connect();
    const id = connection.output('SecretArn');
    const { SecretString = '' } = await connection.secretsManager.send(
      new GetSecretValueCommand({ SecretId: id }),
    );
    const known = parseSecret(SecretString);
    if (verb === 'show') {
      print(known);
      return;
    }
    if (verb === 'webhook') {
      const now = await timeOf(connection);
      for (const each of new Keys(known, now).webhookSecrets(department, now)) console.log(each);
      return;
    }
    const next =
      verb === 'rotate'
        ? withNewKey(known, randomBytes(48).toString('base64url'), await timeOf(connection), keep)
        : withCaptcha(known, await readLine());
    await connection.secretsManager.send(
      new PutSecretValueCommand({ SecretId: id, SecretString: JSON.stringify(next) }),
    );
    if (verb === 'rotate' && next.keys.length <= known.keys.length)
      console.log(
        '最早的密钥已删去：用它登记的电话不再能查到。\nThe earliest key is gone: telephone numbers registered by it are no longer found.',
      );
    print(next);
  },
};

type Verb = 'show' | 'rotate' | 'webhook' | 'captcha';
const verbs: readonly string[] = ['show', 'rotate', 'webhook', 'captcha'] satisfies Verb[];

function read(args: string[]): { verb: Verb; keep: number; department: string } {
  const { positionals, values } = parseArguments(
    args,
    { keep: { type: 'string', default: String(defaultKept) } },
    secret.usage,
  );
  const [verb = '', department = '', ...others] = positionals;
  const keep = Number(values.keep);
  if (!verbs.includes(verb) || others.length > 0 || (verb !== 'webhook' && department !== ''))
    throw wrongUsage(
      secret.usage,
      '请写明 show、rotate、webhook 或 captcha。',
      'Say show, rotate, webhook or captcha.',
    );
  if (verb === 'webhook' && !readCity().departments.some(({ id }) => id === department))
    throw wrongUsage(secret.usage, `没有承办单位 ${department}。`, `There is no department "${department}".`);
  if (!Number.isInteger(keep) || keep < 2)
    throw wrongUsage(
      secret.usage,
      '--keep 至少为 2。',
      '--keep must be at least 2: the new key and the present one.',
    );
  return { verb: verb as Verb, keep, department };
}

function withCaptcha({ keys }: Secret, line: string): Secret {
  return { keys, ...(line !== '' && { captcha: line }) };
}

/** From standard input: command arguments appear in the shell's history and in process lists. */
async function readLine(): Promise<string> {
  const input = createInterface({ input: process.stdin });
  for await (const line of input) {
    input.close();
    return line.trim();
  }
  return '';
}

function print({ keys, captcha }: Secret): void {
  for (const { from } of keys)
    console.log(`${from}  ${from.startsWith('1970') ? '部署时 deployment' : '轮换 rotation'}`);
  console.log(
    captcha === undefined ? '没有验证码密钥 no captcha secret' : '有验证码密钥 a captcha secret is set',
  );
}
