import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type NamedTypeNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { placesOf } from './required-fields.ts';
import { type ComposedType, fieldSet, joins, nameOf, supergraphTypes, textOf } from './supergraph-types.ts';

export interface RequiresApart {
  readonly supergraph: DocumentNode;
  /** True name of a subgraph by the name of each of its copies. */
  readonly trueNames: ReadonlyMap<string, string>;
}

/** The copies of one subgraph, by their values of `join__Graph`. */
interface Copies {
  /** Holds the root fields, and is not entered by a key. */
  readonly root: string;
  /** Is entered by keys. */
  readonly entities: string;
  /** Copy for one field with `@requires`, by `Type.field`. */
  readonly requiring: ReadonlyMap<string, string>;
  /** Names of all fields that some `@requires` of the subgraph names. */
  readonly required: ReadonlySet<string>;
}

/**
 * A planner's supergraph in which each field with `@requires` is in a copy of its subgraph for itself, and so is what is entered
 * from the root. Fetches to one subgraph are otherwise put into one, also where the later needs what lies between them.
 * Plans of it ask more often; they are tried where the usual plan is not right.
 */
export function withRequiresApart(supergraph: DocumentNode): RequiresApart {
  const { types, graphs } = supergraphTypes(supergraph);
  const roots = rootNames(supergraph);
  const all = new Map<string, Copies>();
  const trueNames = new Map<string, string>();
  for (const [graph, name] of graphs) {
    const requiring = new Map<string, string>();
    const required = new Set<string>();
    for (const type of types.values()) {
      for (const field of type.fields ?? []) {
        const join = joins(field, 'join__field').find((one) => graphOf(one) === graph && isRequiring(one));
        if (join === undefined) continue;
        for (const name of fieldNames(fieldSet(textOf(join, 'requires') ?? ''))) required.add(name);
        requiring.set(`${type.name.value}.${field.name.value}`, `${graph}__R${requiring.size}`);
      }
    }
    all.set(graph, { root: graph, entities: `${graph}__E`, requiring, required });
    for (const copy of [`${graph}__E`, ...requiring.values()]) trueNames.set(nameOfCopy(name, graph, copy), name);
  }

  const forCopy = (directive: ConstDirectiveNode, graph: string): ConstDirectiveNode => ({
    ...directive,
    arguments: (directive.arguments ?? []).map((one) =>
      one.name.value === 'graph' ? { ...one, value: { kind: Kind.ENUM, value: graph } } : one,
    ),
  });

  const isResolved = (type: ComposedType, graph: string) =>
    joins(type, 'join__type').some(
      (join) => graphOf(join) === graph && textOf(join, 'key') !== undefined && textOf(join, 'resolvable') !== 'false',
    );

  /** Whether a copy for one field with `@requires` holds another field too: what its entity does not have to be asked for again. */
  const isKeptBeside = (type: ComposedType, field: string, graph: string): boolean => {
    if (type.kind === Kind.INTERFACE_TYPE_DEFINITION && !isResolved(type, graph)) {
      return [...types.values()]
        .filter((one) => one.interfaces?.some(({ name }) => name.value === type.name.value))
        .filter((one) => joins(one, 'join__type').some((join) => graphOf(join) === graph))
        .every((one) => isKeptBeside(one, field, graph));
    }
    if (!isResolved(type, graph)) return true;
    return joins(type, 'join__type').some((join) => {
      const key = graphOf(join) === graph ? textOf(join, 'key') : undefined;
      return (
        key !== undefined && fieldSet(key).selections.some((one) => one.kind === Kind.FIELD && one.name.value === field)
      );
    });
  };

  const spread = (join: ConstDirectiveNode, type: ComposedType, field: FieldDefinitionNode): ConstDirectiveNode[] => {
    const graph = graphOf(join);
    const copies = graph === undefined ? undefined : all.get(graph);
    if (graph === undefined || copies === undefined || roots.has(type.name.value)) return [join];
    if (isRequiring(join)) {
      const own = copies.requiring.get(`${type.name.value}.${field.name.value}`);
      return own === undefined ? [] : [forCopy(join, own)];
    }
    const own = [copies.root, copies.entities].map((copy) => forCopy(join, copy));
    const beside = [...copies.requiring.values()];
    if (textOf(join, 'external') === 'true' || isKeptBeside(type, field.name.value, graph)) {
      return [...own, ...beside.map((copy) => forCopy(join, copy))];
    }
    // What the subgraph itself holds and requires has to be sent to the copy like anything else.
    return copies.required.has(field.name.value) ? [...own, ...beside.map(externalIn)] : own;
  };

  const withJoins = (field: FieldDefinitionNode, type: ComposedType): FieldDefinitionNode => {
    const own = joins(field, 'join__field');
    const of = [...new Set(joins(type, 'join__type').map(graphOf))];
    const given = own.length > 0 ? own : of.flatMap((graph) => (graph === undefined ? [] : [joinOf(graph)]));
    const others = (field.directives ?? []).filter((directive) => !own.includes(directive));
    return { ...field, directives: [...others, ...given.flatMap((join) => spread(join, type, field))] };
  };

  const copied = visit(supergraph, {
    enter(node) {
      if (node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'join__Graph') {
        const values = (node.values ?? []).flatMap((value) => {
          const copies = all.get(value.name.value);
          if (copies === undefined) return [value];
          const more = [copies.entities, ...copies.requiring.values()].map((copy) => ({
            ...value,
            name: { kind: Kind.NAME as const, value: copy },
            directives: (value.directives ?? []).map((one) => renamed(one, value.name.value, copy)),
          }));
          return [value, ...more];
        });
        return { ...node, values };
      }
      if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
        return { ...node, fields: (node.fields ?? []).map((field) => withJoins(field, node)) };
      }
      return undefined;
    },
    leave(node) {
      if (!('directives' in node) || node.kind === Kind.FIELD_DEFINITION || node.kind === Kind.FIELD) return undefined;
      const isRoot = 'name' in node && node.name?.kind === Kind.NAME && roots.has(node.name.value);
      const directives = (node.directives ?? []).flatMap((one) => {
        const directive = one as ConstDirectiveNode; // a supergraph has no variables
        const copies = all.get(graphOf(directive) ?? '');
        if (copies === undefined || !directive.name.value.startsWith('join__')) return [directive];
        if (directive.name.value === 'join__field') return [directive];
        const rest = [copies.entities, ...copies.requiring.values()].map((copy) => forCopy(directive, copy));
        if (isRoot && 'name' in node && node.name?.value !== 'Query') return [directive];
        return [unentered(directive), ...rest];
      });
      return { ...node, directives };
    },
  });
  return { supergraph: copied, trueNames };
}

const graphOf = (join: ConstDirectiveNode) => textOf(join, 'graph');
const isRequiring = (join: ConstDirectiveNode) => textOf(join, 'requires') !== undefined;
const nameOfCopy = (name: string, graph: string, copy: string) => name + copy.slice(graph.length);

const joinOf = (graph: string): ConstDirectiveNode => ({
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'join__field' },
  arguments: [argument('graph', { kind: Kind.ENUM, value: graph })],
});

const argument = (name: string, value: NonNullable<ConstDirectiveNode['arguments']>[number]['value']) => ({
  kind: Kind.ARGUMENT as const,
  name: { kind: Kind.NAME as const, value: name },
  value,
});

const externalIn = (graph: string): ConstDirectiveNode => ({
  ...joinOf(graph),
  arguments: [
    argument('graph', { kind: Kind.ENUM, value: graph }),
    argument('external', { kind: Kind.BOOLEAN, value: true }),
  ],
});

const fieldNames = (set: SelectionSetNode): string[] => placesOf(set).flatMap((place) => place.split('.'));

/** A key by which this copy is not entered. */
function unentered(directive: ConstDirectiveNode): ConstDirectiveNode {
  if (directive.name.value !== 'join__type' || textOf(directive, 'key') === undefined) return directive;
  const others = (directive.arguments ?? []).filter(({ name }) => name.value !== 'resolvable');
  return { ...directive, arguments: [...others, argument('resolvable', { kind: Kind.BOOLEAN, value: false })] };
}

const renamed = (directive: ConstDirectiveNode, graph: string, copy: string): ConstDirectiveNode => ({
  ...directive,
  arguments: (directive.arguments ?? []).map((one) =>
    one.name.value === 'name' && one.value.kind === Kind.STRING
      ? { ...one, value: { ...one.value, value: nameOfCopy(one.value.value, graph, copy) } }
      : one,
  ),
});

function rootNames({ definitions }: DocumentNode): ReadonlySet<string> {
  const names = definitions.flatMap((one) =>
    one.kind === Kind.SCHEMA_DEFINITION
      ? one.operationTypes.map(({ type }: { type: NamedTypeNode }) => nameOf(type))
      : [],
  );
  return new Set(names.length > 0 ? names : ['Query', 'Mutation', 'Subscription']);
}
