import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { fieldOf, isTree, type Tree } from './tree.ts';
import type { IsOfType } from './types.ts';

/** The representation of an object as JSON text; undefined where something is missing, so that it cannot be asked for. */
export type Represent = (object: Tree) => string | undefined;

interface Field {
  readonly name: string;
  /** `"name":`, with a comma before it where it is not the first. */
  readonly prefix: string;
  /** Of an object-valued field: what of it is sent. */
  readonly nested: Represent | undefined;
}

/**
 * Compiles what a fetch requires of an object. Which fields apply depends on the object's type, so there is one list of
 * fields for each type that turns up. The text is also what equal representations are recognised by.
 */
export function compileRepresentation(required: readonly QueryPlanSelectionNode[], isOfType: IsOfType): Represent {
  return compile([required], isOfType, true);
}

function compile(
  sets: readonly (readonly QueryPlanSelectionNode[])[],
  isOfType: IsOfType,
  isEntity: boolean,
): Represent {
  const byType = new Map<unknown, readonly Field[]>();
  return (object) => {
    const typename = object.__typename;
    let fields = byType.get(typename);
    if (fields === undefined) {
      fields = fieldsFor(sets, typeof typename === 'string' ? typename : undefined, isOfType);
      if (byType.size < 1_000) byType.set(typename, fields);
    }
    if (isEntity && fields.length === 0) return undefined;
    let text = '{';
    for (const { name, prefix, nested } of fields) {
      const value = fieldOf(object, name);
      const part = value === undefined ? undefined : textOf(value, nested);
      if (part === undefined) return undefined;
      text += prefix + part;
    }
    return `${text}}`;
  };
}

function textOf(value: unknown, nested: Represent | undefined): string | undefined {
  if (value === null) return 'null';
  if (nested === undefined) return JSON.stringify(value);
  if (!Array.isArray(value)) return isTree(value) ? nested(value) : undefined;
  const parts: string[] = [];
  for (const entry of value) {
    const part = textOf(entry, nested);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

function fieldsFor(
  sets: readonly (readonly QueryPlanSelectionNode[])[],
  typename: string | undefined,
  isOfType: IsOfType,
): readonly Field[] {
  const found = new Map<string, (readonly QueryPlanSelectionNode[])[]>();
  const collect = (selections: readonly QueryPlanSelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === 'Field') {
        const name = selection.alias ?? selection.name;
        const nested = found.get(name) ?? [];
        if (selection.selections !== undefined) nested.push(selection.selections);
        found.set(name, nested);
      } else if (
        selection.typeCondition === undefined ||
        (typename !== undefined && isOfType(typename, selection.typeCondition))
      ) {
        collect(selection.selections);
      }
    }
  };
  for (const set of sets) collect(set);
  return [...found].map(([name, nested], index) => ({
    name,
    prefix: `${index === 0 ? '' : ','}${JSON.stringify(name)}:`,
    nested: nested.length === 0 ? undefined : compile(nested, isOfType, false),
  }));
}
