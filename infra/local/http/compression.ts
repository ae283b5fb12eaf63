import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** The content types that CloudFront compresses. */
const compressedTypes = /^(text\/\w+|application\/(json|javascript|xml|pdf|wasm)|image\/svg\+xml)(;|$)/;
/** CloudFront does not compress smaller or larger responses. */
const compressedBytes = { least: 1_000, most: 10_000_000 };

export function isCompressed(contentType: string, bytes: number): boolean {
  return compressedTypes.test(contentType) && bytes >= compressedBytes.least && bytes <= compressedBytes.most;
}

/** Only gzip: over plain HTTP browsers do not accept Brotli. */
export function acceptsGzip({ headers }: IncomingMessage): boolean {
  return (headers['accept-encoding'] ?? '')
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()))
    .some(([name, quality]) => name === 'gzip' && !/^q=0(\.0*)?$/.test(quality ?? ''));
}

export const gzipped: (content: Buffer) => Promise<Buffer> = promisify(gzip);
