import type { IncomingMessage } from 'node:http';

/** Whether whoever asks is on this machine: not over the network, and not through a proxy that would hide it. */
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
 * Whether the request could have been made by a page of somewhere else: one that a browser says is of another origin,
 * or one under a name that only pretends to be this machine's.
 */
export function isFromElsewhere(request: IncomingMessage, publicUrl: string): boolean {
  const allowed = new URL(publicUrl);
  const host = request.headers.host ?? '';
  const hostname = host.replace(/:\d+$/, '');
  if (host !== allowed.host && !isLoopbackName(hostname)) return true;
  const { origin } = request.headers;
  return origin !== undefined && origin !== allowed.origin && origin !== `http://${host}`;
}
