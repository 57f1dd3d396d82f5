import { Kind, type OperationDefinitionNode, type ValueNode, valueFromASTUntyped } from 'graphql';
import type { Given } from './points.ts';

/** Reads a value of the document in one request; `constant` says that it is the same in all of them. */
export interface Reading {
  readonly constant: boolean;
  read(given: Given): unknown;
}

const NOT_GIVEN: Reading = { constant: true, read: () => undefined };

/** Reads values of one operation, whose variables have their defaults where a request leaves them out. */
export interface Reader {
  variable(name: string, given: Given): unknown;
  /** `path`: below the value, through input objects. */
  value(node: ValueNode | undefined, path?: readonly string[]): Reading;
}

export function createReader({ variableDefinitions = [] }: OperationDefinitionNode): Reader {
  const defaults: Record<string, unknown> = Object.create(null);
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue !== undefined) defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  const variable = (name: string, given: Given): unknown => (Object.hasOwn(given, name) ? given[name] : defaults[name]);

  const value = (node: ValueNode | undefined, path: readonly string[] = []): Reading => {
    if (node === undefined) return NOT_GIVEN;
    if (node.kind === Kind.VARIABLE) {
      const { name } = node;
      return { constant: false, read: (given) => within(variable(name.value, given), path) };
    }
    const [first, ...rest] = path;
    if (first !== undefined) {
      if (node.kind !== Kind.OBJECT) return NOT_GIVEN;
      return value(node.fields.find(({ name }) => name.value === first)?.value, rest);
    }
    if (hasVariable(node))
      return { constant: false, read: (given) => valueFromASTUntyped(node, { ...defaults, ...given }) };
    const constant = valueFromASTUntyped(node);
    return { constant: true, read: () => constant };
  };
  return { variable, value };
}

function within(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name]; // JSON of a request: an object by names
  }
  return found;
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.LIST) return node.values.some(hasVariable);
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => hasVariable(value));
  return node.kind === Kind.VARIABLE;
}
