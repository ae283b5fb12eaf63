import type { City } from '../../shared/config/city.ts';
import type { Reply } from './wire.ts';
import { isReference, sentenceAt, type Reference } from './routes.ts';

type Filed = { number: string; token: string; serial: number; version: number };
type Submission = { key: string; body: Buffer; route: string };
type UploadForm = { key: string; url: string; fields: Record<string, string>; idempotencyKey: string };

/** How many of the latest values are kept. */
const maxKept = 60;

/** The values received so far, from which later requests are built. */
export class World {
  readonly city: City;
  staff: { username: string; token: string }[] = [];
  readonly reports: Filed[] = [];
  readonly cursors: string[] = [];
  readonly forms: UploadForm[] = [];
  /** Keys of uploaded photos, each with the idempotency key of its upload. */
  readonly photos: { key: string; idempotencyKey: string }[] = [];
  readonly submissions: Submission[] = [];
  #serial = 0;

  constructor(city: City) {
    this.city = city;
  }

  /** A serial that marks a request's texts and names, to recognize them in responses. */
  nextSerial(): number {
    return (this.#serial += 1);
  }

  report(at: number): Filed | undefined {
    return this.reports[at % Math.max(1, this.reports.length)];
  }

  /** The value with references replaced by known values. */
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
        // Sometimes the same person again.
        return phoneOf(at % 4 === 0 ? 1 + (at % serial) : serial);
      case 'words':
        return `${sentenceAt(at)}〔述${serial}〕`;
      case 'name':
        return `密${serial}密`;
    }
  }

  /** Stores values from a response. */
  learn(
    built: { route: string; key: string; body: Buffer; serial: number; about: Filed | undefined },
    reply: Reply,
  ) {
    if (reply.status >= 300) return;
    const told = JSON.parse(reply.body) as Record<string, unknown>;
    switch (built.route) {
      case 'POST /api/reports':
      case 'POST /api/desk/reports': {
        const [number, token] = [String(told['number']), String(told['trackingToken'])];
        if (this.reports.some((report) => report.number === number)) break;
        remember(this.reports, { number, token, serial: built.serial, version: 1 });
        remember(this.submissions, { key: built.key, body: built.body, route: built.route });
        break;
      }
      case 'POST /api/uploads':
        for (const form of told['uploads'] as Omit<UploadForm, 'idempotencyKey'>[])
          remember(this.forms, { ...form, idempotencyKey: built.key });
        break;
      default: {
        if (typeof told['cursor'] === 'string') remember(this.cursors, told['cursor']);
        if (built.about && told['number'] === built.about.number && typeof told['version'] === 'number')
          built.about.version = told['version'];
        // The link was renewed: the previous token is invalid.
        if (built.about && told['number'] === built.about.number && typeof told['trackingToken'] === 'string')
          built.about.token = told['trackingToken'];
        // Lists contain versions too.
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
  if (list.length > maxKept) list.shift();
}
