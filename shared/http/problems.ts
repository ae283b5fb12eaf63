import type { LocalizedText } from '../language/wording.ts';

/**
 * Every way the API says no: the stable code, its status and the sentence people read.
 * The body is `application/problem+json` (RFC 9457).
 */
export const problems = {
  'malformed-json': [400, '请求内容不是有效的 JSON。', 'The request body is not valid JSON.'],
  'invalid-fields': [400, '部分内容填写有误，请检查。', 'Please check the marked fields.'],
  'json-required': [415, '请以 application/json 发送。', 'Send the body as application/json.'],
  'body-too-large': [413, '请求内容过大。', 'The request body is too large.'],
  'invalid-cursor': [
    400,
    '翻页标记已失效，请从第一页重新开始。',
    'The page cursor is not valid; start from the first page.',
  ],
  'idempotency-key-required': [
    400,
    '缺少 Idempotency-Key 请求头（16–128 位字母、数字、连字符或下划线）。',
    'The header Idempotency-Key is missing or not 16–128 letters, digits, hyphens or underscores.',
  ],
  'idempotency-key-reused': [
    422,
    '该 Idempotency-Key 已用于其他内容。',
    'This Idempotency-Key was already used with other content.',
  ],
  'tracking-token-required': [401, '请使用查询链接打开。', 'A tracking link is required.'],
  'report-not-found': [
    404,
    '未查到该编号，或查询链接已失效。',
    'No report with this number, or the tracking link no longer works.',
  ],
  'sign-in-required': [401, '请先登录。', 'Sign in first.'],
  'not-permitted': [403, '您没有权限进行此操作。', 'You do not have permission to do this.'],
  'unknown-category': [422, '没有这个类别。', 'There is no such category.'],
  'unknown-area': [422, '没有这个区域。', 'There is no such area.'],
  'unknown-department': [422, '没有这个承办单位。', 'There is no such department.'],
  'same-department': [422, '工单已由该单位承办。', 'The ticket is already with this department.'],
  'merge-with-itself': [422, '工单不能与自身合并。', 'A ticket cannot be merged with itself.'],
  'support-open': [
    409,
    '协办单位尚未答复；如不再等待，请写明原因。',
    'Supporting departments have not answered yet; if you no longer wait for them, please give a reason.',
  ],
  'part-of-another': [
    409,
    '这是协办单，请在主办工单上操作。',
    'This is a subtask; please do this on the ticket it belongs to.',
  ],
  'extension-too-long': [422, '超过可延长的时限。', 'This is longer than the extension allowed.'],
  'clock-over': [409, '时限已过，不能再延期。', 'The deadline has passed; it can no longer be extended.'],
  'unknown-photo': [
    422,
    '没有这张照片，或照片尚未处理完成。',
    'There is no such photo, or it is not ready yet.',
  ],
  'data-erased': [
    409,
    '个人信息已删除，不能再进行此操作；如仍有问题，请重新上报。',
    'Personal data has been deleted, so this is no longer possible; if the problem is still there, please report it again.',
  ],
  'rating-final': [409, '评价已不能修改。', 'The rating can no longer be changed.'],
  'join-target-ended': [422, '该上报已结束，请另行上报。', 'That report is closed; please submit your own.'],
  'merge-target-ended': [422, '目标工单已结束，不能合并。', 'The ticket to merge with is closed.'],
  'photo-not-yours': [422, '这张照片不属于本次提交。', 'This photo does not belong to this request.'],
  'photo-not-uploaded': [
    422,
    '照片尚未上传或已过期，请重新上传。',
    'The photo was not uploaded or has expired; please upload it again.',
  ],
  'photo-not-an-image': [
    422,
    '文件不是 JPEG、PNG 或 WebP 照片。',
    'The file is not a JPEG, PNG or WebP photo.',
  ],
  'photo-too-large': [422, '照片过大。', 'The photo is too large.'],
  'stale-version': [
    409,
    '该工单刚被他人更新，请刷新后再试。',
    'This ticket was just updated by someone else; please refresh and try again.',
  ],
  'wrong-state': [409, '当前状态不允许此操作。', 'This is not possible in the current state.'],
  'history-full': [409, '记录已满，请另行上报。', 'The history is full; please submit a new report.'],
  'too-many-requests': [
    429,
    '提交过于频繁，请于 {time} 后再试。{way}',
    'Too many requests; please try again after {time}. {way}',
  ],
  'captcha-required': [403, '请先完成验证，再提交。', 'Please complete the verification first.'],
  'captcha-failed': [403, '验证没有通过，请再验证一次。', 'Verification failed; please try again.'],
  'captcha-unavailable': [
    503,
    '验证服务暂时不可用，请稍后再试。{way}',
    'Verification is temporarily unavailable; please try again later. {way}',
  ],
  'not-found': [404, '页面或接口不存在。', 'Page not found.'],
  'temporarily-unavailable': [
    503,
    '系统暂时繁忙，请稍后再试；已填内容仍保留。',
    'The system is busy; please try again shortly. What you typed is kept.',
  ],
  internal: [
    500,
    '系统出现故障，请稍后再试；已填内容仍保留。',
    'Something went wrong on our side; please try again later. What you typed is kept.',
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
