import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { City, CityProblem, Webhook } from '../config/city.ts';

/** Whether an address is public, in a private network, or never to be called. */
export type Reach = 'public' | 'intranet' | 'never';

/** The address ranges of a private network. */
const intranetRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

/**
 * Classifies an IP address by the registries of special addresses (RFC 6890). An IPv4 address mapped into IPv6
 * (`::ffff:10.0.0.1`) counts as that address. Link-local ones (the cloud's 169.254.169.254), translated ones (NAT64),
 * and all reserved ranges are never called.
 */
export function reachOf(address: string): Reach {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (intranetRanges.has(range)) return 'intranet';
  if (range !== 'unicast') return 'never';
  // Of IPv6 only 2000::/3 is allocated; `::7f00:1` is not in it.
  const isAllocated = parsed.kind() === 'ipv4' || parsed.match(ipaddr.IPv6.parse('2000::'), 3);
  return isAllocated ? 'public' : 'never';
}

/**
 * Classifies a URL's host without DNS: an address in any spelling (`2130706433` and `0x7f.1` are 127.0.0.1 to the URL
 * parser), or a name of this machine (RFC 6761). Undefined for other names.
 */
export function reachOfHost(url: string): Reach | undefined {
  const host = new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIP(host) !== 0) return reachOf(host);
  return /(^|\.)localhost$/.test(host) ? 'intranet' : undefined;
}

/** Whether a webhook may call an address: reserved ones never, private ones only with `intranet`. */
export function mayCall(reach: Reach, { intranet = false }: Webhook): boolean {
  return reach === 'public' || (reach === 'intranet' && intranet);
}

/**
 * The webhooks of a city that are refused whatever DNS says. Not in the schema, as only two functions call webhooks.
 */
export function webhookProblems({ departments, areas }: City): CityProblem[] {
  const all = [
    ...departments.map(({ webhook }, at) => ({ webhook, path: `departments[${at}].webhook.url` })),
    ...Object.entries({ departments, areas }).flatMap(([list, owners]) =>
      owners.map(({ alerts }, at) => ({
        webhook: alerts?.webhook,
        path: `${list}[${at}].alerts.webhook.url`,
      })),
    ),
  ];
  return all.flatMap(({ webhook, path }) => {
    const reach = webhook && reachOfHost(webhook.url);
    if (!webhook || reach === undefined || mayCall(reach, webhook)) return [];
    return [{ path, ...(reach === 'never' ? refused : unsaid) }];
  });
}

const refused = { messageZh: '这个地址不能调用', message: 'nothing is called at this address' };
const unsaid = {
  messageZh: '这是内网地址；确实在政务内网里的，请写 "intranet": true',
  message: 'a private address; if it lies in the city\'s own network, say "intranet": true',
};
