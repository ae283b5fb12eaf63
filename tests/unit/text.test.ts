import { describe, expect, it } from 'vitest';
import { reportBody, uploadsBody } from '../../shared/http/bodies.ts';
import { readBody } from '../../shared/http/read-request.ts';
import { Problem } from '../../shared/http/problems.ts';
import { textSchema } from '../../shared/kernel/fields.ts';

const text = textSchema(2, 2000);

describe('text of a person', () => {
  it.each([
    ['Chinese', '漏水'],
    ['one emoji of two', '🚰🚰'],
    ['private-use characters, as phones have for rare Chinese characters', '\uE000\uE001'],
    ['supplementary private use', '\u{F0000}\u{F0001}'],
    ['2,000 emoji', '😀'.repeat(2000)],
    ['a letter and its marks', 'éà'.normalize('NFD')],
  ])('is accepted: %s', (_, value) => {
    expect(text.safeParse(value).success).toBe(true);
  });

  it.each([
    ['blanks', '    '],
    ['Braille blanks', '\u2800\u2800\u2800'],
    ['Hangul fillers', '\u3164\u3164\u3164'],
    ['half-width Hangul fillers', '\uFFA0\uFFA0'],
    ['zero-width characters', '\u200B\u200D\u2060'],
    ['variation selectors and tags', '\uFE0F\uFE0F\u{E0041}\u{E0042}'],
    ['ideographic spaces', '\u3000\u3000'],
    ['control characters', '\u0001\u0002\u0003'],
    ['combining marks alone', '\u0301\u0301'],
    ['one visible character among blanks', ' a\u2800\u3164 '],
    ['one emoji', '😀'],
    ['a lone surrogate', '漏水\uD800'],
    ['2,001 emoji', '😀'.repeat(2001)],
  ])('is refused: %s', (_, value) => {
    expect(text.safeParse(value).success).toBe(false);
  });
});

/** The problems that a body has, by field. */
function problemsOf(body: object, schema: Parameters<typeof readBody>[1]): Record<string, unknown> {
  const event = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  try {
    readBody(event as never, schema);
  } catch (error) {
    const { errors = [] } = (error as Problem).body() as {
      errors?: { path: string; zh: string; en: string }[];
    };
    return Object.fromEntries(errors.map(({ path, zh, en }) => [path, [zh, en]]));
  }
  return {};
}

describe('a problem with a field', () => {
  it('is told in words for people, never in those of a validator', () => {
    expect(problemsOf({ photos: [{ contentType: 'image/jpeg', size: 99_999_999 }] }, uploadsBody)).toEqual({
      'photos[0].size': ['照片过大', 'The photo is too large'],
    });
    expect(problemsOf({ photos: [{ contentType: 'image/gif', size: 1 }] }, uploadsBody)).toEqual({
      'photos[0].contentType': ['不是 JPEG、PNG 或 WebP 图片', 'Not a JPEG, PNG or WebP image'],
    });
    expect(problemsOf({}, reportBody)).toEqual({ description: ['请填写此项', 'Please fill this in'] });
    expect(problemsOf({ description: 1 }, reportBody)).toEqual({
      description: ['格式不正确', 'This has the wrong format'],
    });
    expect(problemsOf({ description: '字'.repeat(2001), locale: 'fr' }, reportBody)).toEqual({
      description: ['最多 2000 个字符', 'At most 2000 characters'],
      locale: ['请从可选项中选择', 'Please choose one of the options'],
    });
    expect(
      problemsOf(
        { description: '漏水', location: { longitude: 200, latitude: 0, crs: 'wgs84' } },
        reportBody,
      ),
    ).toEqual({ 'location.longitude': ['不能大于 180', 'Must not be more than 180'] });
  });
});
