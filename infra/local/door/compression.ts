import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** What CloudFront compresses of what is served here; photos are compressed already. */
const compressedTypes = /^(text\/\w+|application\/(json|javascript|xml|pdf|wasm)|image\/svg\+xml)(;|$)/;
/** Smaller and larger ones it leaves as they are. */
const compressedBytes = { least: 1_000, most: 10_000_000 };

export function isCompressed(contentType: string, bytes: number): boolean {
  return compressedTypes.test(contentType) && bytes >= compressedBytes.least && bytes <= compressedBytes.most;
}

/** Brotli, too, is asked for by browsers, but not from a page that came by plain HTTP. */
export function takesGzip({ headers }: IncomingMessage): boolean {
  return (headers['accept-encoding'] ?? '')
    .split(',')
    .map((one) => one.split(';').map((part) => part.trim()))
    .some(([name, quality]) => name === 'gzip' && !/^q=0(\.0*)?$/.test(quality ?? ''));
}

export const gzipped: (content: Buffer) => Promise<Buffer> = promisify(gzip);
