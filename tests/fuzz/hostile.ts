import * as fc from 'fast-check';

/** Hostile values, each known to have broken some service. */

const pathTricks = [
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/',
  '....//',
  '//',
  '/',
  '.',
  '..',
  '\\..\\',
  '%00',
  '%',
  '%zz',
  '%c0%ae%c0%ae/',
  'a/b/c',
];

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  'length',
  '',
  'type',
  'version',
  'private',
  'a.b[0]',
  '\0',
  '\ud800',
];

/** Long enough to reveal non-linear run time. */
const repeated = fc
  .tuple(
    fc.constantFrom(
      'a',
      ' ',
      '\t',
      '1',
      '0',
      '-',
      '(',
      '…',
      '水',
      'é',
      '\u0301',
      '👩‍👩‍👧‍👧',
      'aA1 ',
      '1)',
      '<a ',
      '%00',
    ),
    fc.constantFrom(50, 400, 2000, 2001, 20_000),
    fc.constantFrom('', '!', '\n', '\0'),
  )
  .map(([unit, length, end]) => unit.repeat(Math.ceil(length / unit.length)) + end);

export const strings: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...pathTricks,
    ...names,
    '\ud800',
    'a\udc00b',
    '\uFFFE',
    '\uFFFF',
    '\u202eevil\u202c',
    '\u200b\u200d\ufeff',
    `王${'\u0301'.repeat(1000)}`,
    '﷽'.repeat(30),
    '①②③④⑤⑥⑦',
    '<script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    '${7*7}{{7*7}}<%= 7*7 %>',
    "' OR '1'='1' --",
    'attribute_exists(#x)',
    '[object Object]',
    'NaN',
    'null',
    'true',
    '9999-12-31',
    '+010000-01-01',
    '0000-00-00',
    '2026-02-30',
    '-000001-01-01T00:00:00Z',
    '2026-11-22T00:00:00.000Z',
    'YT-261120-0000',
    'YT-261120-000017-999999999999',
    '999,99',
    '-0,-0',
    '1e9,1e9',
    '180,90',
  ),
  repeated,
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

const numbers = fc.constantFrom(
  -0,
  0,
  -1,
  0.5,
  1e-320,
  1e308,
  2 ** 31,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 63),
  9.999999999999999e22,
);

export const fieldNames: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...names), strings);

export const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: strings },
  { weight: 2, arbitrary: numbers },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { length: 1e9 }),
  },
  { weight: 1, arbitrary: fc.array(strings, { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.dictionary(fieldNames, strings, { maxKeys: 6 }) },
);

/** Literals that `JSON.stringify` never writes. */
export const literals: fc.Arbitrary<string> = fc.constantFrom(
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '-1e999',
  '-0',
  '0x10',
  '01',
  '1.',
  '.5',
  '+1',
  '1e-999',
  '123456789012345678901234567890',
  `1${'0'.repeat(5000)}`,
  `0.${'1'.repeat(5000)}`,
  'undefined',
  '"\\ud800"',
  '"\\u0000"',
  '"\\uDC00\\uD800"',
  '"\\x41"',
  "'single'",
  '"unterminated',
  '"\t"',
  '/* */ 1',
  '[1,]',
  '{"a":1,}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"a":1,"a":2}',
);

export const paths: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...pathTricks), strings);

export const headers: fc.Arbitrary<readonly [name: string, value: string]> = fc.oneof(
  fc.tuple(
    fc.constant('content-type'),
    fc.constantFrom(
      'text/plain',
      'application/json; charset=utf-16',
      'application/json; charset=gbk',
      'APPLICATION/JSON',
      'application/jsonp',
      'application/json;;;;=;"',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'application/xml',
      '',
      `application/json${' ;'.repeat(2000)}`,
    ),
  ),
  fc.tuple(
    fc.constant('content-encoding'),
    fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip, gzip', 'nonsense'),
  ),
  fc.tuple(
    fc.constant('idempotency-key'),
    fc.constantFrom(
      '',
      'short',
      'x'.repeat(128),
      'x'.repeat(129),
      'key with blanks in it',
      'ключ-ключ-ключ-ключ',
      '__proto__________',
      '../../../../../../x',
      'a,b,c,d,e,f,g,h,i,j',
      'x\r\nx-injected: 1',
      'x\nx-injected: 1',
      'x\0y\0z\0x\0y\0z\0x\0y\0',
    ),
  ),
  fc.tuple(
    fc.constant('authorization'),
    fc.oneof(
      fc.constantFrom(
        '',
        'Bearer',
        'Bearer ',
        'Bearer a b',
        'bearer x',
        'Basic YWRtaW46YWRtaW4=',
        'Bearer null',
        'Bearer undefined',
        `Bearer ${'a'.repeat(8000)}`,
        `Bearer ${' '.repeat(8000)}x y`,
        `Bearer ${'a.'.repeat(3000)}`,
        // {"alg":"none"} and claims of an administrator.
        'Bearer eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6ImFkbWluIiwiY29nbml0bzpncm91cHMiOlsiYWRtaW4iXX0.',
        'Bearer eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6ImFkbWluIn0.AAAA',
        'Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAA',
        'Bearer e30.e30.e30',
      ),
      strings.map((text) => `Bearer ${text.slice(0, 200)}`),
    ),
  ),
  fc.tuple(
    fc.constantFrom(
      'host',
      'origin',
      'referer',
      'x-forwarded-for',
      'forwarded',
      'via',
      'cookie',
      'accept-language',
    ),
    fc.oneof(fc.constantFrom('', 'null', '169.254.169.254', 'photos', ','.repeat(1000)), strings),
  ),
  fc.tuple(
    fc.constantFrom('accept', 'accept-encoding', 'range', 'if-none-match', 'expect', 'upgrade', 'te'),
    fc.constantFrom(
      'gzip',
      '*',
      'bytes=0-0,1-1,2-2',
      '100-continue',
      'websocket',
      'h2c',
      'trailers',
      'text/html',
    ),
  ),
  fc.tuple(
    fc.constantFrom(
      'access-control-request-method',
      'x-http-method-override',
      'x-amz-date',
      'x-amzn-trace-id',
    ),
    fc.constantFrom('DELETE', 'POST', '__proto__', '0'),
  ),
  fc.tuple(
    fc.constantFrom('x-long', 'cookie'),
    fc.constantFrom(4000, 20_000).map((length) => 'y'.repeat(length)),
  ),
  fc.tuple(
    fc.constantFrom('bad name', 'bad\0name', '', ' leading', 'x:y', '__proto__', 'constructor'),
    fc.constant('v'),
  ),
);
