import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** The part of DynamoDB's expressions that the product writes; anything else is an error, not a guess. */

export type Item = Record<string, AttributeValue>;
export type Binding = {
  names?: Record<string, string> | undefined;
  values?: Record<string, AttributeValue> | undefined;
};
export type Condition =
  | { kind: 'and' | 'or'; of: Condition[] }
  | { kind: 'exists'; name: string; is: boolean }
  | { kind: 'contains' | 'begins'; name: string; value: string }
  | { kind: 'not'; of: Condition }
  | { kind: 'compare'; left: string; operator: string; right: string };
type Change = { kind: 'set' | 'add'; name: string; value: string } | { kind: 'remove'; name: string };

export function holds(text: string, binding: Binding, item: Item | undefined): boolean {
  const judge = (condition: Condition): boolean => {
    switch (condition.kind) {
      case 'and':
        return condition.of.every(judge);
      case 'or':
        return condition.of.some(judge);
      case 'exists':
        return (item?.[nameOf(condition.name, binding)] !== undefined) === condition.is;
      case 'contains': {
        const { S = '' } = valueOf(condition.value, binding);
        const there = item?.[nameOf(condition.name, binding)];
        return there?.SS?.includes(S) ?? there?.S?.includes(S) ?? false;
      }
      case 'begins': {
        const { S = '' } = valueOf(condition.value, binding);
        return item?.[nameOf(condition.name, binding)]?.S?.startsWith(S) ?? false;
      }
      case 'not':
        return !judge(condition.of);
      case 'compare':
        return compares(
          operand(condition.left, binding, item),
          condition.operator,
          operand(condition.right, binding, item),
        );
    }
  };
  return judge(conditionOf(text));
}

/** The value that a key condition asks a key to be equal to. */
export function equalTo(text: string, binding: Binding, name: string): AttributeValue | undefined {
  const search = (condition: Condition): AttributeValue | undefined => {
    if (condition.kind === 'and') return condition.of.map(search).find((found) => found !== undefined);
    if (condition.kind !== 'compare' || condition.operator !== '=') return undefined;
    return nameOf(condition.left, binding) === name ? operand(condition.right, binding, {}) : undefined;
  };
  return search(conditionOf(text));
}

export function updated(text: string, binding: Binding, item: Item): Item {
  const next = { ...item };
  for (const change of changesOf(text)) {
    const name = nameOf(change.name, binding);
    if (change.kind === 'remove') {
      Reflect.deleteProperty(next, name);
      continue;
    }
    const value = valueOf(change.value, binding);
    next[name] = change.kind === 'set' ? value : added(item[name], value);
  }
  return next;
}

function added(there: AttributeValue | undefined, value: AttributeValue): AttributeValue {
  if (value.SS) return { SS: [...new Set([...(there?.SS ?? []), ...value.SS])] };
  return { N: String(Number(there?.N ?? 0) + Number(value.N ?? NaN)) };
}

export function nameOf(word: string, { names }: Binding): string {
  if (!word.startsWith('#')) return word;
  const name = names?.[word];
  if (name === undefined) throw new Error(`no name for ${word}`);
  return name;
}

function valueOf(word: string, { values }: Binding): AttributeValue {
  const value = values?.[word];
  if (value === undefined) throw new Error(`no value for ${word}`);
  return value;
}

function operand(word: string, binding: Binding, item: Item | undefined): AttributeValue | undefined {
  if (word.startsWith(':')) return valueOf(word, binding);
  const sized = /^size\((.+)\)$/.exec(word)?.[1];
  if (sized !== undefined) {
    const there = operand(sized, binding, item);
    return there?.SS && { N: String(there.SS.length) };
  }
  return item?.[nameOf(word, binding)];
}

function compares(
  left: AttributeValue | undefined,
  operator: string,
  right: AttributeValue | undefined,
): boolean {
  // What is not there is not equal to anything.
  if (left === undefined || right === undefined) return operator === '<>';
  const order = orderOf(left, right);
  if (order === undefined) return operator === '<>';
  switch (operator) {
    case '=':
      return order === 0;
    case '<>':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      throw new Error(`unknown operator ${operator}`);
  }
}

/** Values of different types are not comparable. */
function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.N !== undefined && right.N !== undefined) return Number(left.N) - Number(right.N);
  if (left.S !== undefined && right.S !== undefined) return compareText(left.S, right.S);
  return undefined;
}

/** By bytes, as keys are ordered. */
export function compareText(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const conditions = new Map<string, Condition>();
const changes = new Map<string, Change[]>();

function conditionOf(text: string): Condition {
  return remembered(conditions, text, () => {
    const words = new LocalizedText(text);
    const condition = parseOr(words);
    words.end();
    return condition;
  });
}

function parseOr(words: LocalizedText): Condition {
  const of = [parseAnd(words)];
  while (words.take('OR')) of.push(parseAnd(words));
  return of.length === 1 && of[0] ? of[0] : { kind: 'or', of };
}

function parseAnd(words: LocalizedText): Condition {
  const of = [parseOne(words)];
  while (words.take('AND')) of.push(parseOne(words));
  return of.length === 1 && of[0] ? of[0] : { kind: 'and', of };
}

function parseOne(words: LocalizedText): Condition {
  if (words.take('NOT')) return { kind: 'not', of: parseOne(words) };
  if (words.take('(')) {
    const inner = parseOr(words);
    words.expect(')');
    return inner;
  }
  const first = words.next();
  if (first === 'attribute_not_exists' || first === 'attribute_exists') {
    words.expect('(');
    const name = words.next();
    words.expect(')');
    return { kind: 'exists', name, is: first === 'attribute_exists' };
  }
  if (first === 'contains' || first === 'begins_with') {
    words.expect('(');
    const name = words.next();
    words.expect(',');
    const value = words.next();
    words.expect(')');
    return { kind: first === 'contains' ? 'contains' : 'begins', name, value };
  }
  let left = first;
  if (first === 'size' && words.take('(')) {
    left = `size(${words.next()})`;
    words.expect(')');
  }
  return { kind: 'compare', left, operator: words.next(), right: words.next() };
}

function changesOf(text: string): Change[] {
  return remembered(changes, text, () => {
    const words = new LocalizedText(text);
    const all: Change[] = [];
    while (!words.isOver) {
      const clause = words.next();
      do {
        const name = words.next();
        if (clause === 'REMOVE') all.push({ kind: 'remove', name });
        else if (clause === 'ADD') all.push({ kind: 'add', name, value: words.next() });
        else if (clause === 'SET') {
          words.expect('=');
          all.push({ kind: 'set', name, value: words.next() });
        } else throw new Error(`unknown clause ${clause}`);
      } while (words.take(','));
    }
    return all;
  });
}

function remembered<T>(known: Map<string, T>, text: string, make: () => T): T {
  const old = known.get(text);
  if (old !== undefined) return old;
  const made = make();
  known.set(text, made);
  return made;
}

class LocalizedText {
  readonly #text: string;
  readonly #words: string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#words = text.match(/<=|>=|<>|[(),=<>]|[#:]?\w+|\S/g) ?? [];
  }

  get isOver(): boolean {
    return this.#at === this.#words.length;
  }

  take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw new Error(`expected ${word} in ${this.#text}`);
  }

  next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new Error(`unexpected end of ${this.#text}`);
    this.#at += 1;
    return word;
  }

  end(): void {
    if (!this.isOver) throw new Error(`what follows in ${this.#text}?`);
  }
}
