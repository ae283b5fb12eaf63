import * as z from 'zod';
import { matching, says } from './parts.ts';

/** How strangers reach the pages, and what holds them back. */

export const mapSchema = z
  .strictObject({
    /** With {z}, {x} and {y}, and {s} where there are subdomains: https, or a path of the site's own. */
    tileUrl: z
      .string()
      .max(300)
      .refine(
        isTileUrl,
        says(
          '要以 https:// 或 / 开头，含 {z}、{x}、{y}；域名里只能有 {s} 一个占位',
          'begins with https:// or /, has {z}, {x} and {y}, and no gap but {s} in its host',
        ),
      ),
    subdomains: z
      .array(matching(/^[a-z0-9-]{1,20}$/i, '只能用字母、数字和连字符', 'letters, digits and hyphens'))
      .min(1)
      .max(10)
      .optional(),
    /** Whose map it is, as its licence asks; plain text, shown on the map. */
    attribution: z.string().min(1).max(200),
    /** The coordinates that the tiles are drawn in; maps made in China mostly use GCJ-02. */
    crs: z.enum(['wgs84', 'gcj02']).default('wgs84'),
    maxZoom: z.int().min(1).max(22).default(18),
  })
  .refine(
    (map) => map.tileUrl.includes('{s}') === (map.subdomains !== undefined),
    says('写了 {s} 就要写 subdomains，没写就不要', 'subdomains stand for {s}: both or neither'),
  );
export type CityMap = z.infer<typeof mapSchema>;

/** How often within one minute, hour or day by the clock; counting begins anew with the next. */
const limitSchema = z.strictObject({
  most: z.int().min(1).max(1_000_000),
  per: z.enum(['minute', 'hour', 'day']),
});
export type Limit = z.infer<typeof limitSchema>;

const limit = (most: number, per: Limit['per']) => limitSchema.default({ most, per });

/**
 * What one person may do in a while, by telephone number, device and internet address. In many places hundreds of
 * people share one address, so those limits are wide. Staff are not limited.
 */
export const limitsSchema = z
  .strictObject({
    /** Reports taken in. */
    reports: z
      .strictObject({
        contact: limit(20, 'day'),
        device: limit(60, 'hour'),
        address: limit(600, 'hour'),
      })
      .prefault({}),
    /** Photos that may be sent. */
    uploads: z.strictObject({ device: limit(200, 'hour'), address: limit(2000, 'hour') }).prefault({}),
    /** Links that open nothing. The right one opens its report all the same. */
    wrongLinks: z.strictObject({ address: limit(120, 'hour') }).prefault({}),
  })
  .prefault({});

const origin = matching(
  /^https:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  '要写成 https://captcha.example.com，不带路径',
  'an https origin without a path, such as https://captcha.example.com',
);

/** A captcha of any provider whose server answers a posted form with JSON. */
export const captchaSchema = z.strictObject({
  /** Asked of those over a limit alone, or with every report of a resident. */
  when: z.enum(['limited', 'always']).default('limited'),
  /** What the provider's page part knows the city by; the secret beside it is set by `npm run ops -- secret captcha`. */
  siteKey: z.string().min(1).max(200),
  /** Where the server asks whether an answer is right. */
  verifyUrl: z.url({ protocol: /^https?$/ }),
  /** The form sent there; {secret}, {siteKey}, {token} and {address} stand for what they say. */
  fields: z
    .record(z.string(), z.string())
    .default({ secret: '{secret}', response: '{token}', remoteip: '{address}' }),
  /** The member of the answer that says so, and what it is when the answer was right. */
  passed: z
    .strictObject({ member: z.string(), is: z.union([z.boolean(), z.string(), z.number()]) })
    .default({ member: 'success', is: true }),
  /** What to do when the provider does not answer. */
  whenDown: z.enum(['refuse', 'admit']).default('refuse'),
  widget: z.strictObject({
    /** The script; https, or a path of the site's own. */
    script: z
      .string()
      .max(300)
      .regex(/^(\/(?!\/)|https:\/\/[a-z0-9.-]+\/)/),
    /** The object it makes, whose `render(element, {sitekey, callback})` shows the widget. */
    global: z.string().regex(/^[a-z]\w{0,40}$/i),
    /** Origins besides the script's own that the widget loads from. */
    origins: z.array(origin).max(10).default([]),
  }),
});
export type Captcha = z.infer<typeof captchaSchema>;

/** A gap in the host would let a page load pictures from hosts that the security policy does not name. */
function isTileUrl(url: string): boolean {
  const isSafe = /^(?:\/(?!\/)|https:\/\/[a-z0-9.-]*(?:\{s\})?[a-z0-9.-]+(?::\d+)?\/)/i.test(url);
  return isSafe && ['{z}', '{x}', '{y}'].every((gap) => url.includes(gap));
}

/** The origins that a map's tiles come from; none where they are the site's own. */
export function tileOrigins({ tileUrl, subdomains = [''] }: CityMap): string[] {
  if (tileUrl.startsWith('/')) return [];
  return [...new Set(subdomains.map((subdomain) => new URL(tileUrl.replace('{s}', subdomain)).origin))];
}

/** The origins that a captcha's widget is made of; none where the script is the site's own and names no other. */
export function captchaOrigins({ widget: { script, origins } }: Captcha): string[] {
  return [...new Set([...(script.startsWith('/') ? [] : [new URL(script).origin]), ...origins])];
}
