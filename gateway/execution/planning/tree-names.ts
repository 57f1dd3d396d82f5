import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, visit } from 'graphql';
import { meaningOf } from './meaning.ts';
import { fieldSet, joins, type SupergraphTypes, textOf } from './supergraph-types.ts';

export interface NamedApart {
  /** The document as it is planned. */
  readonly document: DocumentNode;
  /** By field of the document as given: what it is called in the data tree, where that is not its response name. */
  readonly treeNames: ReadonlyMap<FieldNode, string>;
}

/**
 * The document with every field named so that one name means one thing: in the data tree a field's own name stands for the
 * field without arguments, since that is how keys and `@requires` ask for it, and no two meanings share any other name.
 * @param internal names that keys and `@requires` of the supergraph use
 */
export function namedApart(document: DocumentNode, internal: ReadonlySet<string>): NamedApart {
  const meanings = new Map<string, string[]>();
  visit(document, {
    Field(field) {
      const response = responseNameOf(field);
      const known = meanings.get(response);
      const meaning = meaningOf(field);
      if (known === undefined) meanings.set(response, [meaning]);
      else if (!known.includes(meaning)) known.push(meaning);
    },
  });
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const [response, all] of meanings) {
    const own = internal.has(response) || all.includes(response) ? response : all[0];
    if (all.length === 1 && all[0] === own) continue;
    names.set(response, new Map(all.filter((one) => one !== own).map((one) => [one, freeName(response)])));
  }
  if (names.size === 0) return { document, treeNames: new Map() };

  const treeNames = new Map<FieldNode, string>();
  const renamed = visit(document, {
    Field(field) {
      const name = names.get(responseNameOf(field))?.get(meaningOf(field));
      if (name === undefined) return undefined;
      treeNames.set(field, name);
      return { ...field, alias: { kind: Kind.NAME, value: name } };
    },
  });
  return { document: renamed, treeNames };

  /** GraphQL keeps names with two leading underscores to itself, so none is made of `__typename`. */
  function freeName(response: string): string {
    const base = response.replace(/^_+/, '');
    for (let count = 1; ; count++) {
      const name = `${base}__c${count}`;
      if (internal.has(name) || meanings.has(name)) continue;
      meanings.set(name, []);
      return name;
    }
  }
}

const responseNameOf = ({ alias, name }: FieldNode) => (alias ?? name).value;

/** Names of all fields that the gateway fetches for itself: in keys, in `@requires`, and the type's name. */
export function internalNames({ types }: SupergraphTypes): ReadonlySet<string> {
  const names = new Set(['__typename']);
  const take = (text: string | undefined) => {
    if (text !== undefined) takeFields(fieldSet(text), names);
  };
  for (const type of types.values()) {
    for (const join of joins(type, 'join__type')) take(textOf(join, 'key'));
    for (const field of type.fields ?? []) {
      for (const join of joins(field, 'join__field')) take(textOf(join, 'requires'));
    }
  }
  return names;
}

function takeFields(set: SelectionSetNode, names: Set<string>): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) names.add(selection.name.value);
    if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) takeFields(selection.selectionSet, names);
  }
}
