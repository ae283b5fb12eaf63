import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

export type Reply = { status: number; headers: Record<string, string>; body: string };

/** What came back on the connection: often one answer, none if it was closed, two if the server saw two requests. */
export type Exchange = { replies: Reply[]; milliseconds: number };

/** Longer than any request here takes: what is not answered by then hangs. */
const patienceMilliseconds = 40_000;
/** How long one that broke the rules of framing waits: the server may rightly wait for more. */
const brokenMilliseconds = 300;

/**
 * Writes bytes to a connection of their own and reads until its end. Nothing in between repairs them, as an HTTP
 * client would.
 * @param isBroken whether more bytes may seem to be missing: then the connection is given up soon.
 * @param from the address to come from; on Linux all of 127.0.0.0/8 is this machine's.
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
      fail(new Error(`no end of the answer within ${patienceMilliseconds} ms`));
    }, patienceMilliseconds);
    const givingUp = isBroken ? setTimeout(() => socket.end(), brokenMilliseconds) : undefined;
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that has answered may close while much is still to be sent: that is no failure of it.
    let refused = false;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      refused = error.code === 'ECONNREFUSED';
    });
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(givingUp);
      if (refused) fail(new Error('nobody listens any more'));
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
    if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${head.slice(0, 200)}`);
    const headers: Record<string, string> = {};
    for (const line of head.split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    rest = headEnd < 0 ? Buffer.alloc(0) : rest.subarray(headEnd + 4);
    // 100 Continue comes before the answer.
    if (status === 100) continue;
    let body: Buffer;
    if (headers['transfer-encoding'] === 'chunked') ({ body, rest } = unchunk(rest));
    else {
      // An answer to HEAD names a length and has none: then what follows is another answer, or nothing.
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
