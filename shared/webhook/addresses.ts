import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { City, CityProblem, Webhook } from '../config/city.ts';

/** Who can be reached at an address: anyone's public server, this network's own, or nobody one should call. */
export type Reach = 'public' | 'intranet' | 'never';

/** What a government's own network is made of. */
const intranetRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

/**
 * Where an IP address leads, by the registries of special addresses (RFC 6890). An IPv4 address inside an IPv6 one
 * (`::ffff:10.0.0.1`) is what it maps to. Link-local ones (a cloud's 169.254.169.254), those that stand for other
 * addresses behind a translator, and all that is reserved are never called.
 */
export function reachOf(address: string): Reach {
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (intranetRanges.has(range)) return 'intranet';
  if (range !== 'unicast') return 'never';
  // Of IPv6 only 2000::/3 is given out; `::7f00:1` is none of it.
  const isGivenOut = parsed.kind() === 'ipv4' || parsed.match(ipaddr.IPv6.parse('2000::'), 3);
  return isGivenOut ? 'public' : 'never';
}

/**
 * Where a URL's host leads if that can be said without asking the DNS: an address in any of its spellings
 * (`2130706433` and `0x7f.1` are 127.0.0.1 to the URL parser), or a name that is this machine's by definition
 * (RFC 6761). Undefined for other names.
 */
export function reachOfHost(url: string): Reach | undefined {
  const host = new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIP(host) !== 0) return reachOf(host);
  return /(^|\.)localhost$/.test(host) ? 'intranet' : undefined;
}

/** Whether a webhook may lead there: nobody's address never, this network's own only where that is said. */
export function mayCall(reach: Reach, { intranet = false }: Webhook): boolean {
  return reach === 'public' || (reach === 'intranet' && intranet);
}

/**
 * The webhooks of a city that would be refused whatever the DNS says. Not part of the schema, which every function
 * carries: only two of them call anybody.
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
