import { createHash, createHmac } from 'node:crypto';
import { OpsRefused } from './refused.ts';

/**
 * Reads a stack's outputs: CloudFormation's DescribeStacks, signed by hand, for no SDK client of CloudFormation is
 * installed. `AWS_ENDPOINT_URL_CLOUDFORMATION` names another address, as it does for the SDKs.
 */
export async function readStackOutputs(
  stack: string,
  region: string,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined },
  now = new Date(),
): Promise<Record<string, string>> {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint =
    process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'] ?? `https://cloudformation.${region}.${domain}`;
  const body = new URLSearchParams({
    Action: 'DescribeStacks',
    StackName: stack,
    Version: '2010-05-15',
  }).toString();
  const url = new URL('/', endpoint);
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: sign(url, body, region, credentials, now),
  });
  const xml = await response.text();
  if (!response.ok)
    throw new OpsRefused(
      `读不到栈 ${stack}（${region}）：${textOf(xml, 'Message')}`,
      `The stack ${stack} in ${region} cannot be read: ${textOf(xml, 'Message')}`,
    );
  return Object.fromEntries(
    [...xml.matchAll(/<member>\s*((?:(?!<\/?member>).)*<OutputKey>.*?)<\/member>/gs)].map(
      ([, member = '']) => [textOf(member, 'OutputKey'), textOf(member, 'OutputValue')],
    ),
  );
}

/** AWS Signature Version 4 of a POST. */
function sign(
  url: URL,
  body: string,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: Parameters<typeof readStackOutputs>[2],
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'cloudformation', 'aws4_request'];
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: url.host,
    'x-amz-date': time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const request = [
    'POST',
    url.pathname,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hash(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(request)].join('\n');
  const hmac = (key: string | Buffer, data: string): Buffer =>
    createHmac('sha256', key).update(data).digest();
  const signature = hmac(
    scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`),
    text,
  ).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function textOf(xml: string, element: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  const text = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(xml)?.[1] ?? '';
  return text.replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole);
}
