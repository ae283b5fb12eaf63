import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { readForm } from '../../infra/local/http/form-data.ts';
import { parseSecret } from '../../shared/config/secret.ts';
import { classify } from '../../shared/records/report/classifier.ts';
import { masked } from '../../shared/kernel/contact.ts';
import { parseNumber } from '../../shared/kernel/number.ts';
import { resolvePlace } from '../../shared/place/place.ts';
import { Keys } from '../../shared/http/credentials.ts';
import { summaryOf } from '../../shared/records/report/indexes.ts';
import { city } from '../support/city.ts';
import { assigned, start } from '../support/reports.ts';

const repository = resolve(import.meta.dirname, '..', '..');
/** The modules that process external text. */
const rooms = [
  'functions',
  'shared',
  'events',
  'infra/local/http',
  'infra/local/staff',
  'infra/local/lambda',
];

/** The schema of a city's file, in its parts. */
const cityFiles = /^config\/(?:city[\w-]*|access|parts|kinds\/\w+)\.ts$/;

type Found = { where: string; pattern: RegExp };

/** Every regular expression that is written in the sources, and the files that make more of them. */
function regexesOf(room: string): { found: Found[]; making: string[] } {
  const found: Found[] = [];
  const making = new Set<string>();
  for (const name of readdirSync(join(repository, room), { recursive: true, encoding: 'utf8' })) {
    // A city's own file is no text from outside.
    if (!name.endsWith('.ts') || cityFiles.test(name)) continue;
    const file = `${room}/${name}`;
    const source = ts.createSourceFile(
      file,
      readFileSync(join(repository, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const [, body = '', flags = ''] = /^\/(.*)\/(\w*)$/s.exec(node.text) ?? [];
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push({ where: `${file}:${line + 1}`, pattern: new RegExp(body, flags) });
      }
      if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp') making.add(file);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { found, making: [...making] };
}

/** The longest text that reaches an expression: headers and fields of bodies are shorter. */
const longest = 16_000;
/** Below this a time does not count; above it must not grow much faster than the text. */
const noticedMilliseconds = 50;
const fastestGrowth = 3;
/** A multiple for two dozen characters that no text reaches. */
const hopelessMilliseconds = 20;

function milliseconds(run: () => unknown, tries: number): number {
  const times = Array.from({ length: tries }, () => {
    const began = performance.now();
    run();
    return performance.now() - began;
  });
  return Math.min(...times);
}

/** Whether the time grows faster than the text. Other load slows both lengths. */
function growsTooFast(run: (text: string) => unknown, { short, half, whole }: Text): boolean {
  const timeOf = (text: string, tries: number): number => milliseconds(() => run(text), tries);
  if (timeOf(short, 1) > hopelessMilliseconds && timeOf(short, 5) > hopelessMilliseconds) return true;
  if (timeOf(whole, 1) < noticedMilliseconds) return false;
  const longer = timeOf(whole, 3);
  return longer > noticedMilliseconds && longer > fastestGrowth * timeOf(half, 3);
}

const units = [
  ...['a', 'A', 'é', 'ed', 's', '0', '1', '9', 'O', ' ', '\t', '\n', '-', '.', ',', ';', ':', '=', '_', '#'],
  ...[
    '(',
    ')',
    '[',
    '{',
    '"',
    '\\',
    '\\"',
    "'",
    '/',
    '%',
    '+',
    '*',
    '…',
    '水',
    '水 ',
    ' 水',
    '\u0301',
    '\ud83d',
  ],
  ...['a.', 'a ', '1,', '1.', '86', 'a-', '- ', 'x=y;', 'x="', '路', 'boundary='],
];
const beginnings = [
  '',
  'Bearer ',
  'YT-261120',
  '-1',
  'application/json',
  'content-disposition: form-data;',
  'https://',
];
const ends = ['', '!\n'];

/** A text short, half as long and as long as can be. */
type Text = { short: string; half: string; whole: string };

function textOf(beginning: string, unit: string, end: string): Text {
  const ofLength = (length: number): string => beginning + unit.repeat(Math.ceil(length / unit.length)) + end;
  return { short: ofLength(23), half: ofLength(longest / 2), whole: ofLength(longest) };
}

const plain = units.map((unit) => textOf('', unit, ''));
const all = units.flatMap((unit) =>
  beginnings.flatMap((beginning) => ends.map((end) => textOf(beginning, unit, end))),
);

/** A text that takes far longer than its length says. */
function slowTextOf(run: (text: string) => unknown, texts: readonly Text[] = all): string | undefined {
  return texts.find((text) => growsTooFast(run, text))?.short;
}

const runOf = ({ pattern }: Found) =>
  pattern.global ? (text: string) => text.replaceAll(pattern, '') : (text: string) => pattern.exec(text);

describe('a regular expression', () => {
  const searched = rooms.map(regexesOf);
  const found = searched.flatMap((room) => room.found);

  it('that takes exponential time is found by this test', () => {
    for (const pattern of [/^(a+)+$/, /^(a|a)*$/, /\s+$/])
      expect(slowTextOf(runOf({ where: '', pattern })), String(pattern)).toBeDefined();
    expect(slowTextOf(runOf({ where: '', pattern: /^[\w-]{16,128}$/ }))).toBeUndefined();
  });

  it('is checked where external text is matched', () => {
    expect(found.length).toBeGreaterThan(50);
    expect(found.map(({ where }) => where.replace(/:\d+$/, ''))).toContain(
      'shared/records/report/classifier.ts',
    );
    // These are made of the template; whoever makes more of them looks at how they grow.
    expect(searched.flatMap(({ making }) => making)).toEqual(['infra/local/http/pages.ts']);
  });

  it.each(found.map((one) => [`${one.where} ${String(one.pattern)}`, one] as const))(
    'takes no more time than its text is long: %s',
    (_, one) => {
      expect(slowTextOf(runOf(one))).toBeUndefined();
    },
    60_000,
  );
});

describe('processing of external text', () => {
  const keys = new Keys(parseSecret('a secret of more than thirty-two characters'), start);
  const { report } = assigned();
  /** Normalising makes eighteen characters of this one. */
  const unfolded = '﷽';
  it.each<[string, (text: string) => unknown]>([
    ['a category', (text) => classify(city, text.slice(0, 2000))],
    ['a place', (text) => resolvePlace(city, { address: text.slice(0, 200) }, text.slice(0, 2000))],
    ['a number', parseNumber],
    ['a masked contact', (text) => masked({ name: text.slice(0, 60), phone: text.slice(0, 30) })],
    ['an excerpt', (text) => summaryOf({ ...report, description: text })],
    ['a telephone number', (text) => keys.current.contactHash(text)],
  ])(
    'takes no more time than the text is long: %s',
    (_, run) => {
      const keyword = city.categories[0]?.keywords.zh[0] ?? '';
      const texts = [...plain, ...[unfolded, keyword, `${keyword}…`].map((unit) => textOf('', unit, ''))];
      expect(slowTextOf(run, texts)).toBeUndefined();
    },
    60_000,
  );

  it('takes time linear in its length', async () => {
    const type = 'multipart/form-data; boundary=x';
    for (const unit of ['name="', '\\"', ' ', ';', 'name=', '"\\']) {
      const head = `--x\r\ncontent-disposition: form-data; ${unit.repeat(15_000 / unit.length)}`;
      const began = performance.now();
      await readForm(chunks(`${head}\r\n\r\nvalue\r\n--x--`), type).catch(() => undefined);
      expect(performance.now() - began).toBeLessThan(2000);
    }
  });

  async function* chunks(text: string): AsyncGenerator<Buffer> {
    yield await Promise.resolve(Buffer.from(text));
  }
});
