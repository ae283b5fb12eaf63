import type { City } from '../../shared/config/city.ts';
import type { Reply } from './wire.ts';
import { isReference, sentenceAt, type Reference } from './routes.ts';

type Filed = { number: string; token: string; serial: number; version: number };
type Submission = { key: string; body: Buffer; route: string };
type UploadForm = { key: string; url: string; fields: Record<string, string>; idempotencyKey: string };

/** More than is drawn from: the latest, whose states still change. */
const remembered = 60;

/** What the fuzzer has been told so far; what it asks for next is made of that. */
export class World {
  readonly city: City;
  staff: { username: string; token: string }[] = [];
  readonly reports: Filed[] = [];
  readonly cursors: string[] = [];
  readonly forms: UploadForm[] = [];
  /** Keys of photos that lie in the bucket, each with the request it belongs to. */
  readonly photos: { key: string; idempotencyKey: string }[] = [];
  readonly submissions: Submission[] = [];
  #serial = 0;

  constructor(city: City) {
    this.city = city;
  }

  /** Marks a request's words and names, so that they are known again wherever they come out. */
  nextSerial(): number {
    return (this.#serial += 1);
  }

  report(at: number): Filed | undefined {
    return this.reports[at % Math.max(1, this.reports.length)];
  }

  /** The value with what is known now in place of references. */
  resolve(value: unknown, { about, serial }: { about: Filed | undefined; serial: number }): unknown {
    if (isReference(value)) return this.#known(value, about, serial);
    if (Array.isArray(value)) return value.map((inner) => this.resolve(inner, { about, serial }));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, this.resolve(inner, { about, serial })]),
    );
  }

  #known({ known, at }: Reference, about: Filed | undefined, serial: number): unknown {
    switch (known) {
      case 'number':
        return this.report(at)?.number ?? 'YT-261120-000017';
      case 'version':
        return about?.version ?? 1;
      case 'cursor':
        return this.cursors[at % Math.max(1, this.cursors.length)] ?? 'e30';
      case 'photo':
        return this.photos[at % Math.max(1, this.photos.length)]?.key ?? 'uploads/none/0-none';
      case 'phone':
        // Now and then the same person again.
        return phoneOf(at % 4 === 0 ? 1 + (at % serial) : serial);
      case 'words':
        return `${sentenceAt(at)}〔述${serial}〕`;
      case 'name':
        return `密${serial}密`;
    }
  }

  /** Remembers what a request brought. */
  learn(
    asked: { route: string; key: string; body: Buffer; serial: number; about: Filed | undefined },
    reply: Reply,
  ) {
    if (reply.status >= 300) return;
    const told = JSON.parse(reply.body) as Record<string, unknown>;
    switch (asked.route) {
      case 'POST /api/reports':
      case 'POST /api/desk/reports': {
        const [number, token] = [String(told['number']), String(told['trackingToken'])];
        if (this.reports.some((report) => report.number === number)) break;
        remember(this.reports, { number, token, serial: asked.serial, version: 1 });
        remember(this.submissions, { key: asked.key, body: asked.body, route: asked.route });
        break;
      }
      case 'POST /api/uploads':
        for (const form of told['uploads'] as Omit<UploadForm, 'idempotencyKey'>[])
          remember(this.forms, { ...form, idempotencyKey: asked.key });
        break;
      default: {
        if (typeof told['cursor'] === 'string') remember(this.cursors, told['cursor']);
        if (asked.about && told['number'] === asked.about.number && typeof told['version'] === 'number')
          asked.about.version = told['version'];
        // The link was changed, and the one before opens nothing.
        if (asked.about && told['number'] === asked.about.number && typeof told['trackingToken'] === 'string')
          asked.about.token = told['trackingToken'];
        // Lists show versions as well.
        for (const item of (told['items'] ?? []) as { number?: string; version?: number }[]) {
          const known = this.reports.find(({ number }) => number === item.number);
          if (known && item.version !== undefined) known.version = item.version;
        }
      }
    }
  }
}

function phoneOf(serial: number): string {
  return `139${String(serial).padStart(8, '0')}`;
}

function remember<T>(list: T[], one: T): void {
  list.push(one);
  if (list.length > remembered) list.shift();
}
