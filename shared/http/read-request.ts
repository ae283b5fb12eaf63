import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { toDotPath, type $ZodIssue } from 'zod/v4/core';
import { countedNoun, type LocalizedText } from '../language/wording.ts';
import { Problem, type FieldProblem } from './problems.ts';

const bodyLimit = 64 * 1024;

/** The JSON body, checked. Unknown fields are refused, and every problem is told at once. */
export function readBody<T>(event: APIGatewayProxyEventV2, schema: z.ZodType<T>): T {
  const type = event.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Problem('json-required');
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > bodyLimit) throw new Problem('body-too-large', { extra: { limitBytes: bodyLimit } });
  return check(schema, parseJson(bytes));
}

/** The query string, checked in the same way. */
export function readQuery<T>(event: APIGatewayProxyEventV2, schema: z.ZodType<T>): T {
  return check(schema, event.queryStringParameters ?? {});
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new Problem('invalid-fields', { fields: result.error.issues.flatMap(fieldProblems) });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Problem('malformed-json');
  }
}

/** Refinements of a schema have a code as their message. */
const sentences: Record<string, LocalizedText> = {
  'blank-or-short': { zh: '内容太短或为空', en: 'Too short or blank' },
  'not-text': { zh: '含有无法识别的字符', en: 'Contains invalid characters' },
  'position-incomplete': { zh: '经度和纬度须同时提供', en: 'Give both longitude and latitude' },
  'place-required': { zh: '请提供位置或区域', en: 'Give a position or an area' },
  'crs-required': {
    zh: '请说明坐标系（wgs84 或 gcj02）',
    en: 'Say which coordinates these are (wgs84 or gcj02)',
  },
  'not-a-phone': { zh: '不是电话号码', en: 'Not a telephone number' },
  'outside-photo': { zh: '超出照片范围', en: 'Outside the photo' },
  'photo-twice': { zh: '同一张照片出现了两次', en: 'The same photo is given twice' },
  'too-many-photos': { zh: '照片太多', en: 'Too many photos' },
  'photo-too-large': { zh: '照片过大', en: 'The photo is too large' },
  'photo-not-an-image': { zh: '不是 JPEG、PNG 或 WebP 图片', en: 'Not a JPEG, PNG or WebP image' },
};

function fieldProblems(issue: $ZodIssue): FieldProblem[] {
  const at = (path: readonly PropertyKey[]): string => toDotPath(path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: at([...issue.path, key]),
      code: 'unknown-field',
      zh: '没有这个字段',
      en: 'There is no such field',
    }));
  const own = sentences[issue.message];
  if (own) return [{ path: at(issue.path), code: issue.message, ...own }];
  return [{ path: at(issue.path), code: issue.code.replaceAll('_', '-'), ...sentenceFor(issue) }];
}

/** The problem in words that whoever filled the field in understands: a validator's own are for programmers. */
function sentenceFor(issue: $ZodIssue): LocalizedText {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? { zh: '请填写此项', en: 'Please fill this in' }
        : { zh: '格式不正确', en: 'This has the wrong format' };
    case 'too_small':
      return limitOf(issue.origin, Number(issue.minimum), 'least');
    case 'too_big':
      return limitOf(issue.origin, Number(issue.maximum), 'most');
    case 'invalid_value':
      return { zh: '请从可选项中选择', en: 'Please choose one of the options' };
    default:
      return { zh: '格式不正确', en: 'This has the wrong format' };
  }
}

function limitOf(origin: string, limit: number, which: 'least' | 'most'): LocalizedText {
  if (origin === 'string')
    return which === 'most'
      ? { zh: `最多 ${limit} 个字符`, en: `At most ${countedNoun(limit, 'character')}` }
      : { zh: `至少 ${limit} 个字符`, en: `At least ${countedNoun(limit, 'character')}` };
  if (origin === 'array')
    return which === 'most'
      ? { zh: `最多 ${limit} 项`, en: `At most ${countedNoun(limit, 'item')}` }
      : { zh: `至少 ${limit} 项`, en: `At least ${countedNoun(limit, 'item')}` };
  return which === 'most'
    ? { zh: `不能大于 ${limit}`, en: `Must not be more than ${limit}` }
    : { zh: `不能小于 ${limit}`, en: `Must not be less than ${limit}` };
}
