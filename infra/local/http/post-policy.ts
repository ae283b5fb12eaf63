import type { CredentialStore } from '../credentials.ts';
import {
  parseScope,
  refuse,
  sameSignature,
  signerOf,
  timeOf,
  unknownKey,
  wrongSignature,
  type SignatureRefusal,
} from './signature.ts';

export type AllowedUpload = {
  ok: true;
  accessKeyId: string;
  key: string;
  minBytes: number;
  maxBytes: number;
};

/** Fields that need no condition. */
const fieldsWithoutCondition = new Set(['policy', 'x-amz-signature', 'file', 'bucket']);

/** S3's limit for one request, if the policy has no content-length-range. */
const maxObjectBytes = 5 * 1024 ** 3;

/**
 * Checks an upload form as S3 does: the policy is signed and not expired, all its conditions hold, and every field has a
 * condition. The names in `fields` are in lower case.
 */
export async function checkPostPolicy(
  fields: Map<string, string>,
  bucket: string,
  credentials: CredentialStore,
  now: number,
): Promise<AllowedUpload | SignatureRefusal> {
  const key = fields.get('key');
  if (key === undefined)
    return refuse(
      400,
      'InvalidArgument',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    );
  const policyText = fields.get('policy');
  const scope = parseScope(fields.get('x-amz-credential') ?? '');
  if (policyText === undefined) return refuse(403, 'AccessDenied', 'Access Denied');
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256' || scope?.service !== 's3')
    return refuse(
      400,
      'InvalidArgument',
      'Bucket POST must contain the fields x-amz-algorithm, x-amz-credential, x-amz-date and x-amz-signature.',
    );
  const secret = credentials.secretOf(scope.accessKeyId);
  if (secret === undefined) return unknownKey;
  const day = timeOf(`${scope.date}T000000Z`);
  if (day === undefined) return wrongSignature;
  const expected = await signerOf(scope, secret).sign(policyText, { signingDate: new Date(day) });
  if (!sameSignature(expected, fields.get('x-amz-signature') ?? '')) return wrongSignature;

  const policy = parsePolicy(policyText);
  if (!policy) return refuse(400, 'InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.');
  const denied = (why: string): SignatureRefusal =>
    refuse(403, 'AccessDenied', `Invalid according to Policy: ${why}`);
  if (now > policy.expiration) return denied('Policy expired.');

  let [minBytes, maxBytes] = [0, maxObjectBytes];
  const covered = new Set<string>();
  const valueOf = (name: string): string => (name === 'bucket' ? bucket : (fields.get(name) ?? ''));
  for (const condition of policy.conditions) {
    const [operator, first, second] = condition;
    const failed = denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
    if (operator === 'content-length-range') {
      if (typeof first !== 'number' || typeof second !== 'number')
        return refuse(400, 'InvalidPolicyDocument', 'Invalid Policy: Invalid content-length-range.');
      minBytes = Math.max(minBytes, first);
      maxBytes = Math.min(maxBytes, second);
      continue;
    }
    if (typeof first !== 'string' || !first.startsWith('$') || typeof second !== 'string')
      return refuse(400, 'InvalidPolicyDocument', 'Invalid Policy: Invalid condition.');
    const name = first.slice(1).toLowerCase();
    const value = valueOf(name);
    if (operator === 'eq' ? value !== second : operator === 'starts-with' ? !value.startsWith(second) : true)
      return failed;
    covered.add(name);
  }
  if (!covered.has('bucket')) return denied('Policy Condition failed: no condition for the bucket');
  const uncovered = [...fields.keys()].filter(
    (name) => !covered.has(name) && !fieldsWithoutCondition.has(name) && !name.startsWith('x-ignore-'),
  );
  if (uncovered.length > 0) return denied(`Extra input fields: ${uncovered.join(', ')}`);
  return { ok: true, accessKeyId: scope.accessKeyId, key, minBytes, maxBytes };
}

type Condition = [operator: string, first: unknown, second: unknown];

function parsePolicy(text: string): { expiration: number; conditions: Condition[] } | undefined {
  try {
    const { expiration, conditions } = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as {
      expiration: unknown;
      conditions: unknown;
    };
    const expires = Date.parse(String(expiration));
    if (Number.isNaN(expires) || !Array.isArray(conditions)) return undefined;
    return {
      expiration: expires,
      conditions: conditions.flatMap((condition: unknown): Condition[] => {
        if (Array.isArray(condition))
          return [[String(condition[0]).toLowerCase(), condition[1], condition[2]]];
        // {"bucket": "b"} is the short form of ["eq", "$bucket", "b"].
        return Object.entries(condition as object).map(([name, value]) => ['eq', `$${name}`, value]);
      }),
    };
  } catch {
    return undefined;
  }
}
