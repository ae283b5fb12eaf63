import * as fc from 'fast-check';
import type { City } from '../../shared/config/city.ts';
import { applied, bytesOf, changes, type Change, type Parts } from './changes.ts';
import { paths, strings } from './hostile.ts';
import { validCalls, type Call } from './routes.ts';
import { smallPhoto } from './small-photo.ts';
import type { World } from './world.ts';

/** A generated request. Indexes such as `report` are resolved when it is sent. */
export type Draft =
  | {
      kind: 'call';
      call: Call;
      /** Indexes of the member of staff and the report. */
      staff: number;
      report: number;
      /** Whether to send an idempotency key; with photos it is that of their upload. */
      key: 'new' | 'none';
      /** Whether to send the token of another report. */
      isStranger: boolean;
      changes: Change[];
    }
  /** Repeats an earlier submission. */
  | { kind: 'again'; submission: number }
  /** An upload form as received, or with a changed field. */
  | { kind: 'upload'; form: number; content: 'photo' | 'other'; field: string | undefined; value: string }
  /** A path that is not a route of the API. */
  | { kind: 'path'; method: string; path: string; body: string | undefined; changes: Change[] };

const fewChanges = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 4, arbitrary: fc.tuple(changes) },
  { weight: 2, arbitrary: fc.tuple(changes, changes) },
  { weight: 1, arbitrary: fc.tuple(changes, changes, changes) },
) as fc.Arbitrary<Change[]>;

const prefixes = [
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
        changes: fewChanges,
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
        kind: fc.constant('path' as const),
        method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'),
        path: fc
          .tuple(fc.constantFrom(...prefixes, `/${bucket}/`, `/${bucket}/photos/`), paths)
          .map(([prefix, rest]) => prefix + encodeURI(rest.toWellFormed()).replaceAll('%25', '%')),
        body: fc.option(
          strings.map((value) => JSON.stringify({ advance: value, user: value })),
          { nil: undefined },
        ),
        changes: fewChanges,
      }),
    },
  );
}

export type BuiltRequest = {
  route: string;
  key: string;
  body: Buffer;
  serial: number;
  about: World['reports'][number] | undefined;
  /** Which reports' text the response may contain: all (staff), one by its serial, or none. */
  mayShow: 'all' | number | undefined;
  /** Whether the response may contain a contact in plain text. */
  mayReveal: boolean;
  isChanged: boolean;
  sent: { bytes: Buffer; isBroken: boolean };
};

/** Builds a request from a draft; undefined if its parts do not exist yet. @param id creates an idempotency key. */
export function build(draft: Draft, world: World, host: string, id: () => string): BuiltRequest | undefined {
  const serial = world.nextSerial();
  const finish = (
    parts: Parts,
    of: Pick<BuiltRequest, 'route'> & Partial<BuiltRequest>,
    changed: readonly Change[],
  ): BuiltRequest => {
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
      // With a single report there is no other token.
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
          ? ('all' as const)
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
    case 'path': {
      const { method, path, body } = draft;
      const headers: Parts['headers'] = body === undefined ? [] : [['content-type', 'application/json']];
      const parts: Parts = {
        ...plain,
        method,
        target: path,
        headers,
        body: body === undefined ? undefined : Buffer.from(body),
        // Such a path makes the request line invalid.
        isBroken: /[^!-~]/.test(path) || method === 'HEAD',
      };
      // The outbox shows every notice to the user of this machine.
      const mayShow = path.startsWith('/local/outbox') ? 'all' : undefined;
      return finish(parts, { route: 'other path', mayShow }, draft.changes);
    }
  }
}

/** The idempotency key of the first photo's upload: photos can be attached only with the key they were uploaded with. */
function photoOwner(json: unknown, world: World): string | undefined {
  const [first] = ((json as { photos?: unknown } | undefined)?.photos ?? []) as unknown[];
  return world.photos.find(({ key }) => key === first)?.idempotencyKey;
}
