import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type Reply = { status: number; headers: Record<string, string>; body: string };

/** The responses on the connection: usually one, none if it was closed, two if the server saw two requests. */
export type Exchange = { replies: Reply[]; milliseconds: number };

/** Longer than any request takes: without a response by then the request hangs. */
const timeoutMilliseconds = 40_000;
/** How long to wait after an invalid framing, since the server may wait for more bytes. */
const brokenMilliseconds = 300;

/**
 * Writes bytes to a new connection and reads until its end. Not an HTTP client, which would correct the bytes.
 * @param isBroken whether the server may wait for more bytes: then the connection is closed soon.
 * @param from the local address; on Linux all of 127.0.0.0/8 is local.
 */
export async function exchange(
  port: number,
  { bytes, isBroken }: { bytes: Buffer; isBroken: boolean },
  from: string | undefined,
): Promise<Exchange> {
  const began = performance.now();
  const chunks: Buffer[] = [];
  await new Promise<void>((done, fail) => {
    const socket = connect({ host: '127.0.0.1', port, ...(from !== undefined && { localAddress: from }) });
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error(`no complete response within ${timeoutMilliseconds} ms`));
    }, timeoutMilliseconds);
    const closing = isBroken ? setTimeout(() => socket.end(), brokenMilliseconds) : undefined;
    socket.on('data', (chunk) => chunks.push(chunk));
    // The server may respond and close before it has received everything, which is no error.
    let refused = false;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      refused = error.code === 'ECONNREFUSED';
    });
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(closing);
      if (refused) fail(new Error('the server is not listening'));
      else done();
    });
    socket.write(bytes);
  });
  return { replies: parse(Buffer.concat(chunks)), milliseconds: performance.now() - began };
}

function parse(bytes: Buffer): Reply[] {
  const replies: Reply[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const head = rest.subarray(0, headEnd < 0 ? rest.length : headEnd).toString('latin1');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? NaN);
    if (Number.isNaN(status)) throw new Error(`not an HTTP response: ${head.slice(0, 200)}`);
    const headers: Record<string, string> = {};
    for (const line of head.split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    rest = headEnd < 0 ? Buffer.alloc(0) : rest.subarray(headEnd + 4);
    // 100 Continue precedes the response.
    if (status === 100) continue;
    let body: Buffer;
    if (headers['transfer-encoding'] === 'chunked') ({ body, rest } = unchunk(rest));
    else {
      // A response to HEAD has a content length but no body: then another response follows, or nothing.
      const isBodiless = rest.length === 0 || rest.subarray(0, 5).toString() === 'HTTP/';
      const length = isBodiless ? 0 : Number(headers['content-length'] ?? rest.length);
      body = rest.subarray(0, length);
      rest = rest.subarray(length);
    }
    if (headers['content-encoding'] === 'gzip' && body.length > 0) body = gunzipSync(body);
    replies.push({ status, headers, body: body.toString() });
  }
  return replies;
}

function unchunk(bytes: Buffer): { body: Buffer; rest: Buffer } {
  const parts: Buffer[] = [];
  for (let rest = bytes; ;) {
    const lineEnd = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.subarray(0, Math.max(0, lineEnd)).toString(), 16);
    if (!(length > 0)) return { body: Buffer.concat(parts), rest: rest.subarray(lineEnd + 4) };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + length));
    rest = rest.subarray(lineEnd + 4 + length);
  }
}
