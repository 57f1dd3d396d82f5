import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';
import type { Requirements } from '../../platform/policy/requirements.ts';
import { fieldSet, joins, nameOf, supergraphTypes, textOf } from '../execution/planning/supergraph-types.ts';
import type { Transport } from '../execution/transports/transport.ts';

type Transports = Readonly<Record<string, Transport>>;

/**
 * Fields that the graph itself needs although some caller may not see them, as `Type.field` in order: keys of entities, and
 * what `@requires` asks for. They are fetched for everybody, and are in the answer of nobody to whom they are denied.
 */
export function graphInputs(supergraph: DocumentNode, requirements: Requirements): readonly string[] {
  if (requirements.size === 0) return [];
  const types = supergraphTypes(supergraph);
  const found = new Set<string>();
  const addField = (type: string, field: string, returned: string | undefined): void => {
    const faces = (types.types.get(type)?.interfaces ?? []).map(({ name }) => name.value);
    const asked = [type, ...faces].flatMap((name) => [name, `${name}.${field}`]);
    if ([...asked, ...(returned === undefined ? [] : [returned])].some((at) => requirements.has(at))) {
      found.add(`${type}.${field}`);
    }
  };
  const add = (set: SelectionSetNode, parent: string): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(selection.selectionSet, selection.typeCondition?.name.value ?? parent);
        continue;
      }
      const field = selection.name.value;
      const definition = types.field(parent, field);
      const returned = definition && nameOf(definition.type);
      for (const type of new Set([parent, ...types.possible(parent)])) addField(type, field, returned);
      if (selection.selectionSet && returned) add(selection.selectionSet, returned);
    }
  };
  for (const type of types.types.values()) {
    const sets = [
      ...joins(type, 'join__type').map((join) => textOf(join, 'key')),
      ...(type.fields ?? []).flatMap((field) => joins(field, 'join__field').map((join) => textOf(join, 'requires'))),
    ];
    for (const set of sets) if (set !== undefined) add(fieldSet(set), type.name.value);
  }
  return [...found].sort();
}

/**
 * The same ways, telling subgraphs what the graph itself needs: their second check (platform/subgraph/second-check.ts) lets
 * it through. Most graphs need nothing that somebody may be denied.
 */
export function tellingInputs(transports: Transports, inputs: readonly string[]): Transports {
  if (inputs.length === 0) return transports;
  return Object.fromEntries(
    Object.entries(transports).map(([name, transport]) => [
      name,
      {
        fetch: (fetch, context) => transport.fetch({ ...fetch, inputs }, context),
        close: () => transport.close(),
      } satisfies Transport,
    ]),
  );
}
