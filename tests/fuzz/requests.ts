import * as fc from 'fast-check';
import type { City } from '../../shared/config/city.ts';
import { applied, bytesOf, changes, type Change, type Parts } from './changes.ts';
import { paths, strings } from './hostile.ts';
import { validCalls, type Call } from './routes.ts';
import { smallPhoto } from './small-photo.ts';
import type { World } from './world.ts';

/** What a request is drawn as; places such as `report` are numbers until it is sent. */
export type Draft =
  | {
      kind: 'call';
      call: Call;
      /** Which member of staff, and which report. */
      staff: number;
      report: number;
      /** The idempotency key: a new one, none, that of the photos it names. */
      key: 'new' | 'none';
      /** Whether the resident's token is that of another report. */
      isStranger: boolean;
      changes: Change[];
    }
  /** A submission as it was sent before. */
  | { kind: 'again'; submission: number }
  /** An upload form as it was handed out, or with a field of it changed. */
  | { kind: 'upload'; form: number; content: 'photo' | 'other'; field: string | undefined; value: string }
  /** Something that is no route of the API. */
  | { kind: 'door'; method: string; path: string; body: string | undefined; changes: Change[] };

const few = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 4, arbitrary: fc.tuple(changes) },
  { weight: 2, arbitrary: fc.tuple(changes, changes) },
  { weight: 1, arbitrary: fc.tuple(changes, changes, changes) },
) as fc.Arbitrary<Change[]>;

const rooms = [
  '/',
  '/desk/',
  '/board/',
  '/api/',
  '/local/',
  '/local/clock',
  '/local/token',
  '/local/outbox',
  '/photos/',
];

export function drafts(city: City, bucket: string): fc.Arbitrary<Draft> {
  return fc.oneof(
    {
      weight: 40,
      arbitrary: fc.record({
        kind: fc.constant('call' as const),
        call: validCalls(city),
        staff: fc.nat(1000),
        report: fc.nat(1000),
        key: fc.constantFrom<'new' | 'none'>('new', 'new', 'new', 'none'),
        isStranger: fc.integer({ min: 0, max: 19 }).map((chance) => chance === 0),
        changes: few,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), submission: fc.nat(1000) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('upload' as const),
        form: fc.nat(1000),
        content: fc.constantFrom<'photo' | 'other'>('photo', 'photo', 'other'),
        field: fc.option(
          fc.constantFrom('key', 'policy', 'Content-Type', 'X-Amz-Signature', 'file', '__proto__'),
          {
            nil: undefined,
            freq: 2,
          },
        ),
        value: paths,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('door' as const),
        method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'),
        path: fc
          .tuple(fc.constantFrom(...rooms, `/${bucket}/`, `/${bucket}/photos/`), paths)
          .map(([room, rest]) => room + encodeURI(rest.toWellFormed()).replaceAll('%25', '%')),
        body: fc.option(
          strings.map((value) => JSON.stringify({ advance: value, user: value })),
          { nil: undefined },
        ),
        changes: few,
      }),
    },
  );
}

/** A draft as it is sent now. */
export type Asked = {
  route: string;
  key: string;
  body: Buffer;
  serial: number;
  about: World['reports'][number] | undefined;
  /** Whose words may be in the answer: all that staff may see, one report's, none. */
  mayShow: 'words' | number | undefined;
  /** Whether the answer may hold a contact in the clear. */
  mayReveal: boolean;
  isChanged: boolean;
  sent: { bytes: Buffer; isBroken: boolean };
};

/** @param id makes the request's new idempotency key. */
export function made(draft: Draft, world: World, host: string, id: () => string): Asked | undefined {
  const serial = world.nextSerial();
  const finish = (
    parts: Parts,
    of: Pick<Asked, 'route'> & Partial<Asked>,
    changed: readonly Change[],
  ): Asked => {
    const final = changed.reduce(applied, parts);
    return {
      key: '',
      serial,
      about: undefined,
      mayShow: undefined,
      mayReveal: false,
      isChanged: changed.length > 0,
      ...of,
      body: final.body ?? Buffer.from((JSON.stringify(final.json) as string | undefined) ?? ''),
      sent: bytesOf(final, host),
    };
  };
  const plain: Omit<Parts, 'method' | 'target'> = {
    headers: [],
    json: undefined,
    body: undefined,
    framed: undefined,
    version: 'HTTP/1.1',
    isBroken: false,
  };

  switch (draft.kind) {
    case 'call': {
      const { call, isStranger } = draft;
      const [method = '', path = ''] = call.route.split(' ');
      const about = world.report(draft.report);
      const staff = world.staff[draft.staff % world.staff.length];
      const forStaff = path.startsWith('/api/desk/');
      const json = world.resolve(call.body, { about, serial });
      const key = draft.key === 'none' ? '' : (photoOwner(json, world) ?? id());
      const query = world.resolve(call.query ?? {}, { about, serial }) as Record<string, unknown>;
      const search = new URLSearchParams(
        Object.entries(query)
          .filter(([, value]) => value !== undefined)
          .map(([name, value]): [string, string] => [name, String(value)]),
      );
      const target = path.replace('{number}', encodeURIComponent(about?.number ?? 'YT-261120-000017'));
      // Of a single report there is no stranger: whoever holds its link is its reporter.
      const reporter = isStranger ? world.report(draft.report + 1) : about;
      const token = forStaff ? staff?.token : path.includes('{number}') ? reporter?.token : undefined;
      const parts: Parts = {
        ...plain,
        method,
        target: search.size > 0 ? `${target}?${search.toString()}` : target,
        headers: [
          ...(json === undefined ? [] : [['content-type', 'application/json'] as [string, string]]),
          ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as [string, string]]),
          ...(key === '' || method === 'GET' ? [] : [['idempotency-key', key] as [string, string]]),
        ],
        json,
      };
      const of = {
        route: call.route,
        key,
        about: path.includes('{number}') ? about : undefined,
        mayShow: forStaff
          ? ('words' as const)
          : reporter === about && path.includes('{number}')
            ? about?.serial
            : undefined,
        mayReveal: (json as { type?: unknown } | undefined)?.type === 'reveal',
      };
      return finish(parts, of, draft.changes);
    }
    case 'again': {
      const earlier = world.submissions[draft.submission % Math.max(1, world.submissions.length)];
      if (!earlier) return undefined;
      const staff = world.staff[0];
      const [method = '', target = ''] = earlier.route.split(' ');
      const headers: Parts['headers'] = [
        ['content-type', 'application/json'],
        ['idempotency-key', earlier.key],
        ...(target.startsWith('/api/desk/')
          ? [['authorization', `Bearer ${staff?.token ?? ''}`] as [string, string]]
          : []),
      ];
      return finish({ ...plain, method, target, headers, body: earlier.body }, { route: 'again' }, []);
    }
    case 'upload': {
      const form = world.forms[draft.form % Math.max(1, world.forms.length)];
      if (!form) return undefined;
      const boundary = 'fuzzfuzzfuzz';
      const fields = { ...form.fields, ...(draft.field !== undefined && { [draft.field]: draft.value }) };
      const content =
        draft.content === 'photo' ? smallPhoto : Buffer.from('<html>'.padEnd(smallPhoto.length, ' <script>'));
      const body = Buffer.concat([
        ...Object.entries(fields).map(([name, value]) =>
          Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
        ),
        Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="../x"\r\n\r\n`),
        content,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]);
      if (draft.field === undefined)
        world.photos.push({ key: form.key, idempotencyKey: form.idempotencyKey });
      if (world.photos.length > 30) world.photos.shift();
      const headers: Parts['headers'] = [['content-type', `multipart/form-data; boundary=${boundary}`]];
      const target = new URL(form.url).pathname;
      return finish({ ...plain, method: 'POST', target, headers, body }, { route: 'upload' }, []);
    }
    case 'door': {
      const { method, path, body } = draft;
      const headers: Parts['headers'] = body === undefined ? [] : [['content-type', 'application/json']];
      const parts: Parts = {
        ...plain,
        method,
        target: path,
        headers,
        body: body === undefined ? undefined : Buffer.from(body),
        // What stays in the path of it may be no request line.
        isBroken: /[^!-~]/.test(path) || method === 'HEAD',
      };
      // Whoever runs the product reads there what would have been sent.
      const mayShow = path.startsWith('/local/outbox') ? 'words' : undefined;
      return finish(parts, { route: 'door', mayShow }, draft.changes);
    }
  }
}

/** Photos belong to the request for which they were uploaded: it is that one's key that opens them. */
function photoOwner(json: unknown, world: World): string | undefined {
  const [first] = ((json as { photos?: unknown } | undefined)?.photos ?? []) as unknown[];
  return world.photos.find(({ key }) => key === first)?.idempotencyKey;
}
