import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { CredentialStore } from '../../infra/local/credentials.ts';
import { checkSignedHeaders, checkSignedQuery } from '../../infra/local/http/signature.ts';
import { temporaryFolder } from './local-tiny-cloud.ts';

/** The examples of Amazon's S3 documentation ("Authenticating Requests: AWS Signature Version 4"). */
const host = 'examplebucket.s3.amazonaws.com';
const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const now = Date.parse('2013-05-24T00:00:00Z');
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const folder = temporaryFolder();
afterAll(folder.remove);
const credentials = new CredentialStore(folder.path);
vi.spyOn(credentials, 'secretOf').mockReturnValue('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');

function requestOf(url: string, headers: Record<string, string>, method = 'GET'): IncomingMessage {
  return Object.assign(new IncomingMessage(new Socket()), { method, url, headers });
}

describe('a request with a signature header', () => {
  const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
  const names = 'host;range;x-amz-content-sha256;x-amz-date';
  const headers = {
    host,
    range: 'bytes=0-9',
    'x-amz-content-sha256': emptyHash,
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`,
  };
  const { 'x-amz-content-sha256': _, ...withoutHash } = headers;
  const codeOf = async (request: IncomingMessage, body?: Buffer): Promise<string> => {
    const checked = await checkSignedHeaders(request, credentials, now, {
      service: 's3',
      ...(body && { body }),
    });
    return checked.ok ? 'ok' : checked.code;
  };

  it('is accepted', async () => {
    expect(await codeOf(requestOf('/test.txt', headers))).toBe('ok');
    expect(await codeOf(requestOf('/test.txt', headers), Buffer.alloc(0))).toBe('ok');
  });

  it.each<[string, IncomingMessage, Buffer | undefined]>([
    ['path', requestOf('/other.txt', headers), undefined],
    ['query', requestOf('/test.txt?acl', headers), undefined],
    ['method', requestOf('/test.txt', headers, 'PUT'), undefined],
    ['host', requestOf('/test.txt', { ...headers, host: 'other' }), undefined],
    ['signed header', requestOf('/test.txt', { ...headers, range: 'bytes=0-99' }), undefined],
    ['time', requestOf('/test.txt', { ...headers, 'x-amz-date': '20130524T000100Z' }), undefined],
    ['instruction', requestOf('/test.txt', { ...headers, 'x-amz-copy-source': '/b/k' }), undefined],
    ['body', requestOf('/test.txt', headers), Buffer.from('other')],
    ['hash of the body', requestOf('/test.txt', withoutHash), undefined],
  ])('is refused with another %s', async (_name, request, body) => {
    expect(await codeOf(request, body)).toBe('SignatureDoesNotMatch');
  });
});

describe('a presigned URL', () => {
  const query =
    `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}` +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
  const codeOf = async (url: string, askedHost: string, publicHost: string): Promise<string> => {
    const checked = await checkSignedQuery(
      requestOf(url, { host: askedHost, range: 'bytes=0-1' }),
      credentials,
      now,
      publicHost,
    );
    return checked.ok ? 'ok' : checked.code;
  };

  it('is accepted, also behind a proxy', async () => {
    expect(await codeOf(`/test.txt?${query}`, host, 'public')).toBe('ok');
    expect(await codeOf(`/test.txt?${query}`, '127.0.0.1:3000', host)).toBe('ok');
  });

  it.each([
    ['path', `/other.txt?${query}`, host],
    ['time to live', `/test.txt?${query.replace('86400', '86401')}`, host],
    ['parameter', `/test.txt?${query}&response-content-type=text%2Fhtml`, host],
    ['host', `/test.txt?${query}`, 'other'],
  ])('is refused with another %s', async (_name, url, askedHost) => {
    expect(await codeOf(url, askedHost, 'public')).toBe('SignatureDoesNotMatch');
  });
});
