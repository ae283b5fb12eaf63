import type { Condition, ConditionKey, Rule } from './rules.ts';

/** What is said of a request beside who makes it, what it does and to what; a key may be missing. */
export type Context = Partial<Record<ConditionKey, string>>;

/** As a policy names who calls: each is one of the names that the caller goes by. */
export type CallerNames = { service?: string; aws?: readonly string[] };

export type Request = { action: string; resource: string; context: Context; caller: CallerNames };

export type Verdict = { effect: 'Allow' | 'Deny'; rule: Rule } | undefined;

/**
 * What these rules say of a request: a rule that denies it goes before all that allow it, and no rule at all
 * (undefined) is no permission either.
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

/** Values are alternatives. A key that the request does not have fulfils none of these operators. */
function holds({ operator, key, values }: Condition, context: Context): boolean {
  const actual = context[key];
  if (actual === undefined) return false;
  return values.some((expected) => {
    switch (operator) {
      case 'StringEquals':
        return actual === expected;
      case 'StringLike':
        return matchesText(expected, actual);
      // IAM treats the two alike.
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

/** Part by part: a wildcard stands for any characters, slashes as well, but does not reach over a colon before the sixth. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === arn || pattern === '*') return true;
  if (!hasWildcard(pattern)) return false;
  const [wanted, given] = [partsOf(pattern), partsOf(arn)];
  return (
    wanted.length === given.length && wanted.every((part, index) => matchesText(part, given[index] ?? ''))
  );
}

/** The last of the six holds colons of its own. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

const compiled = new Map<string, RegExp>();

/** `*` is any number of any characters, `?` any one. */
export function matchesText(pattern: string, text: string): boolean {
  if (!hasWildcard(pattern)) return pattern === text;
  // Patterns are those of the templates, so there are few.
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
