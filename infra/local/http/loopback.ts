import type { IncomingMessage } from 'node:http';

/** Whether the request comes from this machine, and not through a proxy that would hide a remote client. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? '';
  const loopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  const proxied =
    request.headers['forwarded'] !== undefined ||
    request.headers['x-forwarded-for'] !== undefined ||
    request.headers['via'] !== undefined;
  return loopback && !proxied;
}

export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/**
 * Whether a page of another site may have sent the request: its Origin header differs, or its Host header does (DNS
 * rebinding).
 */
export function isCrossOrigin(request: IncomingMessage, publicUrl: string): boolean {
  const allowed = new URL(publicUrl);
  const host = request.headers.host ?? '';
  const hostname = host.replace(/:\d+$/, '');
  if (host !== allowed.host && !isLoopbackName(hostname)) return true;
  const { origin } = request.headers;
  return origin !== undefined && origin !== allowed.origin && origin !== `http://${host}`;
}
