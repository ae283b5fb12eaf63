import type { Condition, ConditionKey, Rule } from './rules.ts';

/** A request's condition keys, each optional. */
export type Context = Partial<Record<ConditionKey, string>>;

/** The names by which policies may refer to the caller. */
export type CallerNames = { service?: string; aws?: readonly string[] };

export type Request = { action: string; resource: string; context: Context; caller: CallerNames };

export type Verdict = { effect: 'Allow' | 'Deny'; rule: Rule } | undefined;

/**
 * Evaluates rules for a request: a deny overrides any allow; undefined (no matching rule) does not allow it.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(rules: readonly Rule[], request: Request): Verdict {
  let allowing: Rule | undefined;
  for (const rule of rules) {
    if (allowing !== undefined && rule.effect === 'Allow') continue;
    if (!applies(rule, request)) continue;
    if (rule.effect === 'Deny') return { effect: 'Deny', rule };
    allowing = rule;
  }
  return allowing && { effect: 'Allow', rule: allowing };
}

function applies(rule: Rule, { action, resource, context, caller }: Request): boolean {
  return (
    matchesAction(rule.action, action) &&
    matchesArn(rule.resource, resource) &&
    (rule.principals.length === 0 || rule.principals.some((principal) => isNamed(principal, caller))) &&
    rule.conditions.every((condition) => holds(condition, context))
  );
}

function isNamed(principal: Rule['principals'][number], caller: CallerNames): boolean {
  switch (principal.kind) {
    case 'anyone':
      return true;
    case 'service':
      return caller.service === principal.name;
    case 'aws':
      return caller.aws?.includes(principal.name) ?? false;
  }
}

/** Values are alternatives. A missing key fulfils none of these operators. */
function holds({ operator, key, values }: Condition, context: Context): boolean {
  const actual = context[key];
  if (actual === undefined) return false;
  return values.some((expected) => {
    switch (operator) {
      case 'StringEquals':
        return actual === expected;
      case 'StringLike':
        return matchesText(expected, actual);
      // IAM treats both the same.
      case 'ArnEquals':
      case 'ArnLike':
        return matchesArn(expected, actual);
      case 'Bool':
        return actual.toLowerCase() === expected.toLowerCase();
      case 'NumericLessThan':
        return Number(actual) < Number(expected);
    }
  });
}

export function matchesAction(pattern: string, action: string): boolean {
  return matchesText(pattern.toLowerCase(), action.toLowerCase());
}

/** Matches each of the six ARN parts: a wildcard matches any characters, also slashes, within its part. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === arn || pattern === '*') return true;
  if (!hasWildcard(pattern)) return false;
  const [wanted, given] = [partsOf(pattern), partsOf(arn)];
  return (
    wanted.length === given.length && wanted.every((part, index) => matchesText(part, given[index] ?? ''))
  );
}

/** The sixth part may contain colons. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

const compiled = new Map<string, RegExp>();

/** `*` matches any number of characters, `?` exactly one. */
export function matchesText(pattern: string, text: string): boolean {
  if (!hasWildcard(pattern)) return pattern === text;
  // Cached without limit: patterns come from the templates, so there are few.
  let expression = compiled.get(pattern);
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, 'su');
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}
