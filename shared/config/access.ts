import * as z from 'zod';
import { matching, both } from './parts.ts';

/** Settings of public access: map, rate limits and captcha. */

export const mapSchema = z
  .strictObject({
    /** With {z}, {x} and {y}, and {s} for subdomains: https, or a path of the site itself. */
    tileUrl: z
      .string()
      .max(300)
      .refine(
        isTileUrl,
        both(
          '要以 https:// 或 / 开头，含 {z}、{x}、{y}；域名里只能有 {s} 一个占位',
          'begins with https:// or /, has {z}, {x} and {y}, and no gap but {s} in its host',
        ),
      ),
    subdomains: z
      .array(matching(/^[a-z0-9-]{1,20}$/i, '只能用字母、数字和连字符', 'letters, digits and hyphens'))
      .min(1)
      .max(10)
      .optional(),
    /** The attribution that the map's licence requires; plain text, shown on the map. */
    attribution: z.string().min(1).max(200),
    /** The coordinate system of the tiles; maps made in China mostly use GCJ-02. */
    crs: z.enum(['wgs84', 'gcj02']).default('wgs84'),
    maxZoom: z.int().min(1).max(22).default(18),
  })
  .refine(
    (map) => map.tileUrl.includes('{s}') === (map.subdomains !== undefined),
    both('写了 {s} 就要写 subdomains，没写就不要', 'subdomains stand for {s}: both or neither'),
  );
export type CityMap = z.infer<typeof mapSchema>;

/** A limit per minute, hour or day; the count restarts with each. */
const limitSchema = z.strictObject({
  most: z.int().min(1).max(1_000_000),
  per: z.enum(['minute', 'hour', 'day']),
});
export type Limit = z.infer<typeof limitSchema>;

const limit = (most: number, per: Limit['per']) => limitSchema.default({ most, per });

/**
 * Rate limits by telephone number, device and internet address. In many places hundreds of people share one address,
 * so those limits are high. Staff are not limited.
 */
export const limitsSchema = z
  .strictObject({
    /** Reports accepted. */
    reports: z
      .strictObject({
        contact: limit(20, 'day'),
        device: limit(60, 'hour'),
        address: limit(600, 'hour'),
      })
      .prefault({}),
    /** Upload forms for photos. */
    uploads: z.strictObject({ device: limit(200, 'hour'), address: limit(2000, 'hour') }).prefault({}),
    /** Requests with a wrong tracking link. A correct one works even over the limit. */
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
  /** Whether it is required only over a limit, or with every report of a resident. */
  when: z.enum(['limited', 'always']).default('limited'),
  /** The site key of the provider's widget; `npm run ops -- secret captcha` sets the secret. */
  siteKey: z.string().min(1).max(200),
  /** The URL with which the server verifies an answer. */
  verifyUrl: z.url({ protocol: /^https?$/ }),
  /** The form sent there, with the placeholders {secret}, {siteKey}, {token} and {address}. */
  fields: z
    .record(z.string(), z.string())
    .default({ secret: '{secret}', response: '{token}', remoteip: '{address}' }),
  /** The member of the response that tells success, and its value then. */
  passed: z
    .strictObject({ member: z.string(), is: z.union([z.boolean(), z.string(), z.number()]) })
    .default({ member: 'success', is: true }),
  /** What to do when the provider does not respond. */
  whenDown: z.enum(['refuse', 'admit']).default('refuse'),
  widget: z.strictObject({
    /** The script; https, or a path of the site itself. */
    script: z
      .string()
      .max(300)
      .regex(/^(\/(?!\/)|https:\/\/[a-z0-9.-]+\/)/),
    /** The global object it defines, whose `render(element, {sitekey, callback})` shows the widget. */
    global: z.string().regex(/^[a-z]\w{0,40}$/i),
    /** Further origins that the widget loads from. */
    origins: z.array(origin).max(10).default([]),
  }),
});
export type Captcha = z.infer<typeof captchaSchema>;

/** Placeholders in the host would allow hosts that the content security policy does not name. */
function isTileUrl(url: string): boolean {
  const isSafe = /^(?:\/(?!\/)|https:\/\/[a-z0-9.-]*(?:\{s\})?[a-z0-9.-]+(?::\d+)?\/)/i.test(url);
  return isSafe && ['{z}', '{x}', '{y}'].every((gap) => url.includes(gap));
}

/** The origins of a map's tiles; none for a path of the site itself. */
export function tileOrigins({ tileUrl, subdomains = [''] }: CityMap): string[] {
  if (tileUrl.startsWith('/')) return [];
  return [...new Set(subdomains.map((subdomain) => new URL(tileUrl.replace('{s}', subdomain)).origin))];
}

/** The origins of a captcha's widget; none for a script of the site itself without further origins. */
export function captchaOrigins({ widget: { script, origins } }: Captcha): string[] {
  return [...new Set([...(script.startsWith('/') ? [] : [new URL(script).origin]), ...origins])];
}
