import type { Stack } from './assembly.ts';

/** A resource's `Ref` value, and its attributes for `Fn::GetAtt`. */
export type Identity = {
  ref: string;
  /** Undefined for an unknown attribute. */
  attribute: (name: string) => string | undefined;
};

export type Place = { account: string; region: string };

/** Thrown when an intrinsic cannot be resolved; the message names it, its argument and the reason. */
export class Unresolvable extends Error {}

const noValue = Symbol('AWS::NoValue');

export type Resolver = {
  /** The value with every intrinsic replaced. @throws Unresolvable. */
  value(stack: Stack, node: unknown): unknown;
  /** Whether the resource's or output's condition holds. */
  holds(stack: Stack, condition: string | undefined): boolean;
};

/**
 * Resolves CloudFormation's intrinsic functions. `identify` returns a resource's identity; it may resolve values
 * itself, so names that contain other names work in any order.
 */
export function createResolver(
  stacks: Stack[],
  place: Place,
  identify: (stack: Stack, logicalId: string) => Identity | undefined,
): Resolver {
  const exports = new Map<string, { stack: Stack; node: unknown }>();

  const resolver: Resolver = {
    value(stack, node) {
      const result = resolve(stack, node);
      return result === noValue ? undefined : result;
    },
    holds(stack, condition) {
      if (condition === undefined) return true;
      const definition = stack.template.Conditions?.[condition];
      if (definition === undefined) throw new Unresolvable(`Condition ${condition}: not defined`);
      return resolve(stack, definition) === true;
    },
  };

  for (const stack of stacks) {
    for (const output of Object.values(stack.template.Outputs ?? {})) {
      if (output.Export)
        exports.set(String(resolver.value(stack, output.Export.Name)), { stack, node: output.Value });
    }
  }
  return resolver;

  function resolve(stack: Stack, node: unknown): unknown {
    if (Array.isArray(node))
      return node.map((item) => resolve(stack, item)).filter((item) => item !== noValue);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node);
    const [first] = entries;
    if (
      entries.length === 1 &&
      first &&
      (first[0] === 'Ref' || first[0] === 'Condition' || first[0].startsWith('Fn::'))
    ) {
      // "Condition" with a string is an intrinsic; an IAM statement's Condition is an object.
      if (first[0] !== 'Condition' || typeof first[1] === 'string')
        return intrinsic(stack, first[0], first[1]);
    }
    const result: Record<string, unknown> = {};
    for (const [key, value] of entries) {
      const resolved = resolve(stack, value);
      if (resolved !== noValue) result[key] = resolved;
    }
    return result;
  }

  function intrinsic(stack: Stack, name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return reference(stack, String(argument));
      case 'Condition':
        return resolver.holds(stack, String(argument));
      case 'Fn::GetAtt': {
        const [id = '', ...path] =
          typeof argument === 'string' ? argument.split('.') : (argument as string[]);
        return attribute(stack, id, path.join('.'));
      }
      case 'Fn::Join': {
        const [separator, items] = list(stack, name, argument);
        if (!Array.isArray(items)) throw new Unresolvable('Fn::Join: the second argument is not a list');
        return items.map(String).join(String(separator));
      }
      case 'Fn::Select': {
        const [index, items] = list(stack, name, argument);
        const item: unknown = Array.isArray(items) ? items[Number(index)] : undefined;
        if (item === undefined) throw new Unresolvable(`Fn::Select: nothing at ${String(index)}`);
        return item;
      }
      case 'Fn::Split': {
        const [separator, text] = list(stack, name, argument);
        return String(text).split(String(separator));
      }
      case 'Fn::Sub':
        return substitute(stack, argument);
      case 'Fn::ImportValue': {
        const wanted = String(resolve(stack, argument));
        const found = exports.get(wanted);
        if (!found) throw new Unresolvable(`Fn::ImportValue ${wanted}: no stack exports it`);
        return resolve(found.stack, found.node);
      }
      case 'Fn::FindInMap': {
        const [map, top, second] = list(stack, name, argument).map(String);
        const found = stack.template.Mappings?.[map ?? '']?.[top ?? '']?.[second ?? ''];
        if (found === undefined) throw new Unresolvable(`Fn::FindInMap: nothing at ${map}.${top}.${second}`);
        return found;
      }
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, unknown, unknown];
        return resolve(stack, resolver.holds(stack, condition) ? yes : no);
      }
      case 'Fn::Equals': {
        const [left, right] = list(stack, name, argument);
        return JSON.stringify(left) === JSON.stringify(right);
      }
      case 'Fn::Not':
        return list(stack, name, argument)[0] !== true;
      case 'Fn::And':
        return list(stack, name, argument).every((item) => item === true);
      case 'Fn::Or':
        return list(stack, name, argument).some((item) => item === true);
      default:
        throw new Unresolvable(`the intrinsic ${name} is not known`);
    }
  }

  function list(stack: Stack, name: string, argument: unknown): unknown[] {
    const resolved = resolve(stack, argument);
    if (!Array.isArray(resolved)) throw new Unresolvable(`${name}: its argument is not a list`);
    return resolved;
  }

  function reference(stack: Stack, id: string): unknown {
    switch (id) {
      case 'AWS::Region':
        return place.region;
      case 'AWS::AccountId':
        return place.account;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stack.name;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${place.region}:${place.account}:stack/${stack.name}/local`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return noValue;
    }
    const parameter = stack.template.Parameters?.[id];
    if (parameter) {
      if (parameter.Default === undefined) throw new Unresolvable(`Ref ${id}: the parameter has no default`);
      return parameter.Default;
    }
    const identity = identify(stack, id);
    if (!identity) throw new Unresolvable(`Ref ${id}: no such resource or parameter`);
    return identity.ref;
  }

  function attribute(stack: Stack, id: string, name: string): string {
    const identity = identify(stack, id);
    if (!identity) throw new Unresolvable(`Fn::GetAtt ${id}.${name}: no such resource`);
    const value = identity.attribute(name);
    if (value === undefined) throw new Unresolvable(`Fn::GetAtt ${id}.${name}: the attribute is not known`);
    return value;
  }

  function substitute(stack: Stack, argument: unknown): string {
    const [text, variables] = Array.isArray(argument)
      ? [String(argument[0]), (argument[1] ?? {}) as Record<string, unknown>]
      : [String(argument), {}];
    return text.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      const own = variables[name];
      if (own !== undefined) return String(resolve(stack, own));
      const dot = name.indexOf('.');
      return dot < 0
        ? String(reference(stack, name))
        : attribute(stack, name.slice(0, dot), name.slice(dot + 1));
    });
  }
}
