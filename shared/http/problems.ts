import type { LocalizedText } from '../language/wording.ts';

/**
 * Every way the API says no: the stable code, its status and the sentence people read.
 * The body is `application/problem+json` (RFC 9457).
 */
export const problems = {
  'malformed-json': [400, '请求内容不是有效的 JSON。', 'The request body is not valid JSON.'],
  'invalid-fields': [400, '有些内容不符合要求。', 'Some fields are not as required.'],
  'json-required': [415, '请以 application/json 发送。', 'Send the body as application/json.'],
  'body-too-large': [413, '请求内容过大。', 'The request body is too large.'],
  'invalid-cursor': [
    400,
    '翻页标记无效，请从第一页重新开始。',
    'The page cursor is not valid; start from the first page.',
  ],
  'idempotency-key-required': [
    400,
    '缺少 Idempotency-Key 请求头（16–128 位字母、数字、连字符或下划线）。',
    'The header Idempotency-Key is missing or not 16–128 letters, digits, hyphens or underscores.',
  ],
  'idempotency-key-reused': [
    422,
    '这个 Idempotency-Key 已用于另一份内容。',
    'This Idempotency-Key was already used with other content.',
  ],
  'tracking-token-required': [401, '请提供查询凭证。', 'A tracking token is required.'],
  'report-not-found': [
    404,
    '没有找到这个工单，或查询凭证不对。',
    'There is no such report, or the tracking token does not open it.',
  ],
  'sign-in-required': [401, '请先登录。', 'Sign in first.'],
  'not-permitted': [403, '您没有权限进行这项操作。', 'You may not do this.'],
  'unknown-category': [422, '没有这个类别。', 'There is no such category.'],
  'unknown-area': [422, '没有这个区域。', 'There is no such area.'],
  'unknown-department': [422, '没有这个部门。', 'There is no such department.'],
  'same-department': [422, '工单已经在这个部门。', 'The report is already with this department.'],
  'merge-with-itself': [422, '工单不能与自己合并。', 'A report cannot be merged with itself.'],
  'support-open': [
    409,
    '协办部门还没有答复；如不再等待，请写明原因。',
    'Supporting departments have not answered; say why if you do not wait for them.',
  ],
  'part-of-another': [
    409,
    '这是协办单，请在主办工单上操作。',
    'This is a part of another report; do this on that one.',
  ],
  'extension-too-long': [422, '超过可延长的时限。', 'This is more time than may be granted.'],
  'clock-over': [409, '时限已过，不能再延期。', 'The time is up already; it cannot be extended.'],
  'unknown-photo': [
    422,
    '这个工单没有这张照片，或照片还没有处理好。',
    'The report has no such photo, or it is not ready.',
  ],
  'data-erased': [
    409,
    '这个工单的个人信息已删除，不能再这样做；如仍有问题，请另行上报。',
    "The report's personal data has been erased, so this can no longer be done; if the problem is still there, please report it anew.",
  ],
  'rating-final': [409, '评价已不能修改。', 'The rating can no longer be changed.'],
  'join-target-ended': [422, '这个工单已结束，请另行上报。', 'That report has ended; please file your own.'],
  'merge-target-ended': [422, '目标工单已结束，不能并入。', 'The report to merge into has ended.'],
  'photo-not-yours': [422, '这张照片不属于本次上报。', 'This photo does not belong to this request.'],
  'photo-not-uploaded': [
    422,
    '照片尚未上传或已过期，请重新上传。',
    'The photo was never uploaded or has expired; upload it again.',
  ],
  'photo-not-an-image': [
    422,
    '文件不是 JPEG、PNG 或 WebP 照片。',
    'The file is not a JPEG, PNG or WebP photo.',
  ],
  'photo-too-large': [422, '照片过大。', 'The photo is too large.'],
  'stale-version': [409, '工单已被他人更新，请刷新后再试。', 'The report has changed since you read it.'],
  'wrong-state': [409, '工单当前状态不允许这项操作。', "The report's state does not allow this."],
  'history-full': [
    409,
    '这个工单的记录已满，请另行上报。',
    "This report's history is full; please file a new one.",
  ],
  'too-many-requests': [
    429,
    '这段时间的提交太多了，请在{time}以后再试。{way}',
    'There have been too many requests; try again after {time}. {way}',
  ],
  'captcha-required': [403, '请先完成验证，再提交。', 'Please complete the check first.'],
  'captcha-failed': [403, '验证没有通过，请再验证一次。', 'The check did not succeed; please try it again.'],
  'captcha-unavailable': [
    503,
    '验证服务暂时不可用，请稍后再试。{way}',
    'The check is out of order for the moment; please try again later. {way}',
  ],
  'not-found': [404, '没有这个地址。', 'There is nothing at this address.'],
  'temporarily-unavailable': [
    503,
    '系统暂时无法完成这项操作，请稍后再试；您填写的内容没有丢失。',
    'This cannot be done just now; please try again shortly. Nothing you typed is lost.',
  ],
  internal: [
    500,
    '系统出现故障，请稍后再试；您填写的内容没有丢失。',
    'Something went wrong here; please try again.',
  ],
} as const satisfies Record<string, readonly [status: number, zh: string, en: string]>;

export type ProblemCode = keyof typeof problems;

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

/** One field that is not as required; `path` such as `location.longitude` or `photos[2]`. */
export type FieldProblem = { path: string; code: string; zh: string; en: string };

/** Thrown anywhere below a handler; the endpoint turns it into the answer. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: FieldProblem[];
  readonly extra: Record<string, unknown>;
  readonly words: Record<string, LocalizedText>;
  /** When to try again, for the header `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param extra members added to the body, such as the current version; never another person's data.
   * @param words what stands for the gaps of the sentence.
   */
  constructor(
    code: ProblemCode,
    details: {
      fields?: FieldProblem[];
      extra?: Record<string, unknown>;
      words?: Record<string, LocalizedText>;
      retryAfterSeconds?: number;
    } = {},
  ) {
    super(code);
    this.code = code;
    this.fields = details.fields ?? [];
    this.extra = details.extra ?? {};
    this.words = details.words ?? {};
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  get status(): number {
    return problems[this.code][0];
  }

  body(): Record<string, unknown> {
    const [status] = problems[this.code];
    const { zh, en } = this.#text();
    return {
      type: `urn:suishoubao:problem:${this.code}`,
      code: this.code,
      status,
      title: en,
      detail: zh,
      text: { zh, en },
      ...(this.fields.length > 0 && { errors: this.fields }),
      ...(this.retryAfterSeconds !== undefined && { retryAfterSeconds: this.retryAfterSeconds }),
      ...this.extra,
    };
  }

  #text(): LocalizedText {
    const [, ...sentences] = problems[this.code];
    const [zh = '', en = ''] = sentences.map((sentence, at) =>
      sentence.replace(
        /\{(\w+)\}/g,
        (gap, name: string) => this.words[name]?.[at === 0 ? 'zh' : 'en'] ?? gap,
      ),
    );
    return { zh, en };
  }
}

/** The problem with one field, as in `field('photos[0]', 'photo-not-yours')`. */
export function fieldProblem(path: string, code: ProblemCode, extra: Record<string, unknown> = {}): Problem {
  const [, zh, en] = problems[code];
  return new Problem(code, { fields: [{ path, code, zh, en }], extra });
}
