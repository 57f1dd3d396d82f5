import type { FetchDataKeyRenamer, FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type FieldNode, visit } from 'graphql';
import { operationOf, withOperation } from './fetch-operation.ts';
import type { FixedField } from './fixed-arguments.ts';

/**
 * A fetch as its subgraph knows it: what the planner's supergraph calls `price__1f` is asked for as
 * `price__1f: price(currency: "USD")`, lies under that name in the data tree, and is sent as `price`.
 */
export function withTrueFields(fetch: FetchNode, fixed: ReadonlyMap<string, FixedField>): FetchNode {
  if (fixed.size === 0) return fetch;
  const renamers = (fetch.requires ?? []).flatMap((selection) => renamersOf([selection], [], fixed));
  const sent = renamers.length > 0 ? { ...fetch, inputRewrites: [...renamers, ...(fetch.inputRewrites ?? [])] } : fetch;
  let changed = false;
  const operation = visit(operationOf(fetch), {
    Field(field): FieldNode | undefined {
      const known = fixed.get(field.name.value);
      if (known === undefined) return undefined;
      changed = true;
      return {
        ...field,
        alias: field.alias ?? field.name,
        name: { ...field.name, value: known.field },
        arguments: [...known.arguments, ...(field.arguments ?? [])],
      };
    },
  });
  return changed ? withOperation(sent, operation) : sent;
}

/**
 * Deepest first, so that each path still has the tree's names; and all of them before the planner's own rewrites, which may
 * change the type's name that the paths speak of.
 */
function renamersOf(
  selections: readonly QueryPlanSelectionNode[],
  path: readonly string[],
  fixed: ReadonlyMap<string, FixedField>,
): FetchDataKeyRenamer[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') {
      const step = selection.typeCondition === undefined ? [] : [`... on ${selection.typeCondition}`];
      return renamersOf(selection.selections, [...path, ...step], fixed);
    }
    const here = [...path, selection.name];
    const below = renamersOf(selection.selections ?? [], here, fixed);
    const known = fixed.get(selection.name);
    return known ? [...below, { kind: 'KeyRenamer' as const, path: here, renameKeyTo: known.field }] : below;
  });
}
