import * as fc from 'fast-check';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { fieldNames, headers, literals, paths, strings, values } from './hostile.ts';

/** A request before it is serialized. */
export type Parts = {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  json: unknown;
  body: Buffer | undefined;
  /** The bytes sent after the head instead of the body. */
  framed: Buffer | undefined;
  version: string;
  isBroken: boolean;
};

/** One mutation of a valid request. */
export type Change =
  | { at: 'json'; how: 'drop' | 'add' | 'replace' | 'wrap'; place: number; name: string; value: unknown }
  | { at: 'depth'; levels: number; isArray: boolean; place: number }
  | { at: 'width'; fields: number }
  | { at: 'text'; how: 'literal' | 'twice' | 'cut' | 'utf16' | 'bom' | 'tail'; place: number; value: string }
  | { at: 'bytes'; place: number; value: readonly number[] }
  | { at: 'length'; bytes: number }
  | { at: 'packing'; how: 'gzip' | 'deflate' | 'br' | 'bomb'; isSaid: boolean }
  | { at: 'header'; how: 'set' | 'add' | 'drop'; name: string; value: string }
  | { at: 'headers'; count: number }
  | { at: 'path'; how: 'last' | 'after' | 'before' | 'whole'; value: string }
  | { at: 'query'; name: string; value: string }
  | { at: 'method'; value: string }
  | { at: 'framing'; how: keyof typeof framings };

const place = fc.nat(1000);

export const changes: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      at: fc.constant('json' as const),
      how: fc.constantFrom('drop', 'add', 'replace', 'replace', 'replace', 'wrap'),
      place,
      name: fieldNames,
      value: values,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant('depth' as const),
      levels: fc.constantFrom(5, 100, 3000, 30_000),
      isArray: fc.boolean(),
      place,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at: fc.constant('width' as const), fields: fc.constantFrom(20, 1000, 5500) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      at: fc.constant('text' as const),
      how: fc.constantFrom('literal', 'literal', 'literal', 'twice', 'cut', 'utf16', 'bom', 'tail'),
      place,
      value: literals,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      at: fc.constant('bytes' as const),
      place,
      // Invalid UTF-8: overlong sequences, a surrogate, invalid bytes, truncated characters.
      value: fc.constantFrom(
        [0xff],
        [0xc0, 0x80],
        [0xed, 0xa0, 0x80],
        [0xe6],
        [0],
        [0xf8, 0x88, 0x80, 0x80, 0x80],
        [0x80],
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant('length' as const),
      bytes: fc.oneof(
        { weight: 60, arbitrary: fc.constantFrom(64 * 1024, 64 * 1024 + 1, 300_000) },
        { weight: 3, arbitrary: fc.constant(5_000_000) },
        { weight: 1, arbitrary: fc.constant(10_500_000) },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      at: fc.constant('packing' as const),
      how: fc.constantFrom('gzip', 'deflate', 'br', 'bomb'),
      isSaid: fc.boolean(),
    }),
  },
  {
    weight: 7,
    arbitrary: fc
      .tuple(headers, fc.constantFrom('set', 'set', 'add', 'drop'))
      .map(([[name, value], how]) => ({ at: 'header' as const, how, name, value })),
  },
  {
    weight: 1,
    arbitrary: fc.record({ at: fc.constant('headers' as const), count: fc.constantFrom(100, 3000) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      at: fc.constant('path' as const),
      how: fc.constantFrom('last', 'last', 'after', 'before', 'whole'),
      value: paths,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      at: fc.constant('query' as const),
      name: fc.oneof(
        fc.constantFrom('cursor', 'near', 'area', 'department', 'from', 'to', 'key', 'view', 'by', 'level'),
        fieldNames,
      ),
      value: strings,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      at: fc.constant('method' as const),
      value: fc.constantFrom(
        'PUT',
        'DELETE',
        'PATCH',
        'HEAD',
        'OPTIONS',
        'TRACE',
        'CONNECT',
        'get',
        'PRI',
        'GET/',
        '',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(
        ...([
          'chunked',
          'longer',
          'shorter',
          'both',
          'twice',
          'badChunk',
          'endlessChunk',
          'extension',
          'negative',
          'folded',
          'oldest',
          'bare',
          'smuggled',
        ] as const),
      )
      .map((how) => ({
        at: 'framing' as const,
        how,
      })),
  },
);

type Framing = (body: Buffer) => {
  headers: [string, string][];
  framed: Buffer;
  version?: string;
  isBroken?: boolean;
};

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const length = (bytes: number): [string, string] => ['content-length', String(bytes)];
const chunks = (body: Buffer): Buffer =>
  Buffer.concat([text(`${body.length.toString(16)}\r\n`), body, text('\r\n0\r\n\r\n')]);

/** Framings of a body, most of them invalid. */
const framings = {
  chunked: (body) => ({
    headers: [['transfer-encoding', 'chunked']],
    framed: body.length > 0 ? chunks(body) : text('0\r\n\r\n'),
  }),
  longer: (body) => ({ headers: [length(body.length + 100)], framed: body, isBroken: true }),
  shorter: (body) => ({ headers: [length(body.length >> 1)], framed: body, isBroken: true }),
  both: (body) => ({
    headers: [length(4), ['transfer-encoding', 'chunked']],
    framed: chunks(body),
    isBroken: true,
  }),
  twice: (body) => ({
    headers: [length(body.length), length(body.length + 1)],
    framed: body,
    isBroken: true,
  }),
  badChunk: (body) => ({
    headers: [['transfer-encoding', 'chunked']],
    framed: Buffer.concat([text('zz\r\n'), body]),
    isBroken: true,
  }),
  endlessChunk: (body) => ({
    headers: [['transfer-encoding', 'chunked']],
    framed: Buffer.concat([text('ffffffff\r\n'), body]),
    isBroken: true,
  }),
  extension: (body) => ({
    headers: [['transfer-encoding', 'chunked']],
    framed: Buffer.concat([text(`1;${'x'.repeat(30_000)}\r\n`), body]),
    isBroken: true,
  }),
  negative: (body) => ({ headers: [['content-length', '-1']], framed: body, isBroken: true }),
  folded: (body) => ({
    headers: [['x-folded', 'a\r\n b'], length(body.length)],
    framed: body,
    isBroken: true,
  }),
  oldest: (body) => ({ headers: [length(body.length)], framed: body, version: 'HTTP/1.0' }),
  bare: (body) => ({ headers: [length(body.length)], framed: body, version: 'HTTP/9.9', isBroken: true }),
  smuggled: (body) => ({
    headers: [length(body.length)],
    framed: Buffer.concat([body, text('GET /api/city HTTP/1.1\r\nhost: x\r\n\r\n')]),
    isBroken: true,
  }),
} as const satisfies Record<string, Framing>;

/** The paths of all values in a JSON value, the root first. */
function placesIn(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) =>
      placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** The value with one inner value changed; undefined removes it. */
function changedAt(value: unknown, path: (string | number)[], change: (old: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(value);
  if (Array.isArray(value))
    return value.map((inner, at) => (at === first ? changedAt(inner, rest, change) : inner));
  const entries = Object.entries(value as object).map(
    ([key, inner]) => [key, key === first ? changedAt(inner, rest, change) : (inner as unknown)] as const,
  );
  return Object.fromEntries(entries);
}

/** The object with an own property of this name, even for `__proto__`. */
function withField(value: unknown, name: string, field: unknown): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries([...entries, [name, field]]);
}

export function applied(parts: Parts, change: Change): Parts {
  const places = placesIn(parts.json);
  const placeOf = (at: number): (string | number)[] => places[at % places.length] ?? [];
  const bytes =
    parts.body ?? (parts.json === undefined ? Buffer.alloc(0) : Buffer.from(stringify(parts.json)));
  switch (change.at) {
    case 'json': {
      const { how, name, value } = change;
      const json = changedAt(parts.json, placeOf(change.place), (old) =>
        how === 'drop'
          ? undefined
          : how === 'replace'
            ? value
            : how === 'wrap'
              ? [old]
              : withField(old, name, value),
      );
      return { ...parts, json };
    }
    case 'depth': {
      // As text, since such a deep value cannot be serialized.
      const [open, close] = change.isArray ? ['[', ']'] : ['{"a":', '}'];
      const deep = `${open.repeat(change.levels)}1${close.repeat(change.levels)}`;
      const mark = 'here-it-is-deep';
      const json = stringify(changedAt(parts.json, placeOf(change.place), () => mark));
      return { ...parts, body: Buffer.from(json.replace(`"${mark}"`, deep)) };
    }
    case 'width': {
      const many = Object.fromEntries(Array.from({ length: change.fields }, (_, at) => [`f${at}`, at]));
      return { ...parts, json: { ...(parts.json as object | undefined), ...many } };
    }
    case 'text': {
      const json = bytes.toString();
      switch (change.how) {
        case 'literal': {
          const mark = 'here-it-is-literal';
          const marked = stringify(changedAt(parts.json, placeOf(change.place), () => mark));
          return { ...parts, body: Buffer.from(marked.replace(`"${mark}"`, change.value)) };
        }
        case 'twice': {
          const keys = Object.keys(parts.json ?? {});
          const key = keys[change.place % Math.max(1, keys.length)] ?? 'type';
          return {
            ...parts,
            body: Buffer.from(json.replace('{', `{${JSON.stringify(key)}:${change.value},`)),
          };
        }
        case 'cut':
          return { ...parts, body: bytes.subarray(0, change.place % (bytes.length + 1)) };
        case 'utf16':
          return { ...parts, body: Buffer.from(json, 'utf16le') };
        case 'bom':
          return { ...parts, body: Buffer.from(`\uFEFF${json}`) };
        case 'tail':
          return { ...parts, body: Buffer.from(json + change.value) };
      }
      break;
    }
    case 'bytes': {
      const at = change.place % (bytes.length + 1);
      return {
        ...parts,
        body: Buffer.concat([bytes.subarray(0, at), Buffer.from(change.value), bytes.subarray(at)]),
      };
    }
    case 'length':
      return {
        ...parts,
        body: Buffer.concat([bytes, Buffer.alloc(Math.max(0, change.bytes - bytes.length), ' ')]),
      };
    case 'packing': {
      const packed = {
        gzip: () => gzipSync(bytes),
        deflate: () => deflateSync(bytes),
        br: () => brotliCompressSync(bytes),
        bomb: () => bomb(),
      }[change.how]();
      const said: [string, string][] = change.isSaid
        ? [['content-encoding', change.how === 'bomb' ? 'gzip' : change.how]]
        : [];
      return { ...parts, body: packed, headers: [...parts.headers, ...said] };
    }
    case 'header': {
      const others = parts.headers.filter(([name]) => name !== change.name);
      if (change.how === 'drop') return { ...parts, headers: others };
      const kept = change.how === 'add' ? parts.headers : others;
      // The server may take an invalid header for the beginning of the body.
      const isBroken = parts.isBroken || !/^[\w-]+$/.test(change.name) || /[\r\n\0]/.test(change.value);
      // `Expect`, `Upgrade` and `TE` change what the server waits for.
      const changesWaiting = ['expect', 'upgrade', 'te'].includes(change.name);
      return {
        ...parts,
        headers: [...kept, [change.name, change.value]],
        isBroken: isBroken || changesWaiting,
      };
    }
    case 'headers':
      return {
        ...parts,
        headers: [
          ...parts.headers,
          ...Array.from({ length: change.count }, (_, at): [string, string] => [`x-${at}`, 'v']),
        ],
      };
    case 'path': {
      const [path = '', query] = parts.target.split('?', 2);
      const value = encode(change.value);
      const changed = {
        last: () => path.replace(/[^/]*$/, () => value),
        after: () => `${path}/${value}`,
        before: () => `/${value}${path}`,
        whole: () => value,
      }[change.how]();
      // A request line without a path is invalid.
      const isBroken = parts.isBroken || !changed.startsWith('/');
      return { ...parts, target: query === undefined ? changed : `${changed}?${query}`, isBroken };
    }
    case 'query': {
      const joined = parts.target.includes('?') ? '&' : '?';
      const added = `${encodeURIComponent(change.name.toWellFormed())}=${encodeURIComponent(change.value.toWellFormed())}`;
      return { ...parts, target: `${parts.target}${joined}${added}` };
    }
    case 'method':
      return { ...parts, method: change.value, isBroken: true };
    case 'framing': {
      const framing: Framing = framings[change.how];
      const { headers: said, framed, version = parts.version, isBroken = false } = framing(bytes);
      return {
        ...parts,
        framed,
        version,
        headers: [...parts.headers, ...said],
        isBroken: parts.isBroken || isBroken,
      };
    }
  }
  return parts;
}

/** Encodes a path, but keeps `%` and other path characters, so that path tricks are not escaped. */
function encode(path: string): string {
  return path.replaceAll(/[^\w\-.~%/\\]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}

/** As `JSON.stringify`, but an empty string for undefined. */
function stringify(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}

let packedBomb: Buffer | undefined;
/** A gzip bomb: thirty megabytes of spaces. */
function bomb(): Buffer {
  return (packedBomb ??= gzipSync(Buffer.alloc(30_000_000, ' ')));
}

export function bytesOf(parts: Parts, host: string): { bytes: Buffer; isBroken: boolean } {
  const { method, target, version, isBroken } = parts;
  const body = parts.body ?? (parts.json === undefined ? undefined : Buffer.from(stringify(parts.json)));
  const hostLine = parts.headers.some(([name]) => name === 'host') ? [] : [['host', host] as const];
  const lengthLine =
    body !== undefined && parts.framed === undefined
      ? [['content-length', String(body.length)] as const]
      : [];
  const lines = [...hostLine, ...parts.headers, ...lengthLine, ['connection', 'close'] as const];
  const head = [
    `${method} ${target} ${version}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ];
  return {
    bytes: Buffer.concat([Buffer.from(head.join('\r\n')), parts.framed ?? body ?? Buffer.alloc(0)]),
    isBroken,
  };
}
