import { isIPv6 } from 'node:net';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { City, Limit } from '../config/city.ts';
import { timeWords, type LocalizedText } from '../language/wording.ts';
import { logFailure } from '../logging/log.ts';
import type { Counter, Counters } from '../store/counters.ts';
import { verifyCaptcha } from './captcha.ts';
import { opens, sha256, type Keys } from './credentials.ts';
import { Problem } from './problems.ts';

export type LimitDependencies = {
  city: City;
  counters: Counters;
  /** How many reports people have sent since an instant, by the hashes of a telephone number, as far as `most`. */
  reportedBy: (contactHashes: readonly string[], since: string, most: number) => Promise<number>;
  keys: () => Promise<Keys>;
  /** What CloudFront adds to each request, so that the API knows that it came that way. */
  siteProof: () => Promise<string>;
  now: () => string;
  /** From 0 up to 1. */
  random: () => number;
  fetch: typeof fetch;
};

/** How somebody stands to the limits, before what they ask for is done. */
export type RateLimitState = {
  /** @throws a Problem where they are over a limit, or a captcha is wanted, and none is solved. */
  admit: () => Promise<void>;
  /** Notes that it was done, so many times. */
  count: (times?: number) => Promise<void>;
};

const unlimited: RateLimitState = { admit: () => Promise.resolve(), count: () => Promise.resolve() };

const windowMilliseconds = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
/**
 * A count of a wide limit is written now and then only, by so much more: its spread is a tenth of the limit at most,
 * and of hundreds of requests each would cost a write.
 */
const stepsOfALimit = 100;

type Counted = { counter: Counter; limit: Limit };

/**
 * Limits by telephone number, device and address. A number's reports are counted as they lie; what else is counted
 * stands under keyed hashes for as long as its window and no longer. Whatever goes wrong here lets people through: a report is worth more than a limit.
 */
export class Limits {
  readonly #deps: LimitDependencies;

  constructor(deps: LimitDependencies) {
    this.#deps = deps;
  }

  /** @param phone the number that a report leaves to be called back on. */
  async standing(
    event: APIGatewayProxyEventV2,
    what: 'reports' | 'uploads',
    phone?: string,
  ): Promise<RateLimitState> {
    const { city, counters, reportedBy } = this.#deps;
    try {
      const [keys, address] = await Promise.all([this.#deps.keys(), this.#addressOf(event)]);
      const limits: Partial<Record<string, Limit>> = city.limits[what];
      const callers = { device: deviceOf(event), address: address && networkOf(address) };
      const counted = Object.entries(callers).flatMap(([kind, caller]) => {
        const limit = limits[kind];
        return limit && caller !== undefined ? [this.#counted(`${what}.${kind}`, caller, limit, keys)] : [];
      });
      const { contact } = city.limits.reports;
      const window = this.#windowOf(contact);
      const [counts, reports] = await Promise.all([
        counters.read(counted.map(({ counter }) => counter)),
        phone === undefined
          ? 0
          : reportedBy(
              keys.all.map((key) => key.contactHash(phone)),
              window.from,
              contact.most,
            ),
      ]);
      const over = [
        ...counted
          .filter(({ limit }, at) => (counts[at] ?? 0) >= limit.most)
          .map(({ counter }) => counter.until),
        ...(reports >= contact.most ? [window.until] : []),
      ];
      return {
        admit: () => this.#admit(event, what, over, keys, address),
        count: (times = 1) => this.#count(counted, times),
      };
    } catch (error) {
      logFailure('limits-not-read', error);
      return unlimited;
    }
  }

  /**
   * Notes that a link opened nothing. Only who tries such links is held up: the right one is looked at first, so that
   * nobody can shut out those who share their address.
   * @throws the problem `too-many-requests` when there were too many from this address.
   */
  async wrongLink(event: APIGatewayProxyEventV2): Promise<void> {
    const { city, counters } = this.#deps;
    let counted: Counted;
    try {
      const [keys, address] = await Promise.all([this.#deps.keys(), this.#addressOf(event)]);
      if (address === undefined) return;
      const limit = city.limits.wrongLinks.address;
      counted = this.#counted('wrongLinks.address', networkOf(address), limit, keys);
      if (await counters.addWithin(counted.counter, limit.most)) return;
    } catch (error) {
      logFailure('limits-not-counted', error);
      return;
    }
    throw this.#tooMany([counted.counter.until], false);
  }

  #counted(what: string, caller: string, limit: Limit, keys: Keys): Counted {
    const who = `${what}#${keys.current.callerHash(`${what} ${caller}`)}`;
    return { counter: { who, ...this.#windowOf(limit) }, limit };
  }

  /** The minute, hour or day that it is in. */
  #windowOf({ per }: Limit): { from: string; until: string } {
    const length = windowMilliseconds[per];
    const from = Math.floor(Date.parse(this.#deps.now()) / length) * length;
    return { from: new Date(from).toISOString(), until: new Date(from + length).toISOString() };
  }

  async #admit(
    event: APIGatewayProxyEventV2,
    what: 'reports' | 'uploads',
    over: readonly string[],
    keys: Keys,
    address: string | undefined,
  ): Promise<void> {
    const { captcha } = this.#deps.city;
    const isAsked = captcha?.when === 'always' && what === 'reports';
    if (over.length === 0 && !isAsked) return;
    const token = event.headers['x-captcha-token'];
    if (!captcha || token === undefined || token === '') {
      if (over.length > 0) throw this.#tooMany(over, captcha !== undefined);
      throw new Problem('captcha-required', { extra: { captcha: true } });
    }
    const verdict = await verifyCaptcha(
      captcha,
      { secret: keys.captcha, token: token.slice(0, 8192), address },
      this.#deps.fetch,
    );
    if (verdict === 'passed' || (verdict === 'down' && captcha.whenDown === 'admit')) return;
    if (verdict === 'failed') throw new Problem('captcha-failed', { extra: { captcha: true } });
    throw new Problem('captcha-unavailable', { words: { way: this.#wayRound() }, retryAfterSeconds: 60 });
  }

  async #count(counted: readonly Counted[], times: number): Promise<void> {
    const additions = counted.flatMap(({ counter, limit }) => {
      const step = Math.max(1, Math.floor(limit.most / stepsOfALimit));
      // As much in the mean as if each were written.
      const steps = Math.floor(times / step + this.#deps.random());
      return steps === 0 ? [] : [{ counter, by: steps * step }];
    });
    try {
      await this.#deps.counters.add(additions);
    } catch (error) {
      logFailure('limits-not-counted', error);
    }
  }

  /** @param over when the windows end in which there was too much. */
  #tooMany(over: readonly string[], captcha: boolean): Problem {
    const { city, now } = this.#deps;
    const until = [...over].sort().at(-1) ?? now();
    return new Problem('too-many-requests', {
      words: { time: timeWords(until, city.timeZone), way: this.#wayRound() },
      retryAfterSeconds: Math.max(1, Math.ceil((Date.parse(until) - Date.parse(now())) / 1000)),
      ...(captcha && { extra: { captcha } }),
    });
  }

  #wayRound(): LocalizedText {
    const { hotline } = this.#deps.city;
    return hotline === undefined
      ? {
          zh: '着急的事，请社区网格员代您上报。',
          en: 'If it cannot wait, ask your grid worker to file it for you.',
        }
      : {
          zh: `着急的事，请拨打 ${hotline}，或请社区网格员代您上报。`,
          en: `If it cannot wait, call ${hotline}, or ask your grid worker to file it for you.`,
        };
  }

  /**
   * The viewer's address. On AWS the API can be called past CloudFront too, by anyone and with any header: only beside
   * the proof that it came through CloudFront is the header believed that CloudFront writes.
   */
  async #addressOf(event: APIGatewayProxyEventV2): Promise<string | undefined> {
    const { 'x-site-proof': proof, 'x-viewer-address': viewer } = event.headers;
    if (proof !== undefined && viewer !== undefined && opens(proof, sha256(await this.#deps.siteProof())))
      return viewer;
    const { http } = event.requestContext as Partial<APIGatewayProxyEventV2['requestContext']>;
    return http?.sourceIp;
  }
}

/** A number that the page made up for its device and keeps; what is none is as if it were not there. */
function deviceOf({ headers }: APIGatewayProxyEventV2): string | undefined {
  const device = headers['x-device'];
  return device !== undefined && /^[\w-]{16,64}$/.test(device) ? device : undefined;
}

/** IPv6 by its first 64 bits: a household or a telephone has all that lies behind them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  // As the standard writes it, in hexadecimal groups.
  const written = new URL(`http://[${address.split('%', 1)[0] ?? ''}]/`).hostname.slice(1, -1);
  const [head = '', tail] = written.split('::');
  const before = head.split(':').filter(Boolean);
  const after = tail?.split(':').filter(Boolean) ?? [];
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  // An IPv4 address in IPv6's clothes.
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff') {
    const bits = groups.slice(6).map((group) => Number.parseInt(group, 16));
    return bits.flatMap((group) => [group >> 8, group & 255]).join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
