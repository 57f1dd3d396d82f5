import { createHash } from 'node:crypto';
import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type FieldNode,
  Kind,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { meaningOf } from './meaning.ts';
import type { PlanningProblem } from './refused.ts';
import { conflictIn, entriesOf } from './required-entries.ts';
import {
  type ComposedType,
  fieldSet,
  fieldSetText,
  joins,
  nameOf,
  type SupergraphTypes,
  supergraphTypes,
  textOf,
} from './supergraph-types.ts';

/** A field with arguments that a `@requires` fixes, under a name of its own in the planner's supergraph. */
export interface FixedField {
  readonly field: string;
  readonly arguments: readonly ArgumentNode[];
}

export interface FixedArguments {
  /** The planner's copy: each required field with arguments is a field of its own there, without arguments. */
  readonly supergraph: DocumentNode;
  readonly fixed: ReadonlyMap<string, FixedField>;
  readonly problems: readonly PlanningProblem[];
}

/**
 * The planner takes `price(currency: "USD")` of a `@requires` and `price(currency: "EUR")` of a client, or of another
 * `@requires`, for one and the same `price`. With a name for each it cannot; the plan gets the true field back afterwards.
 */
export function withFixedArguments(supergraph: DocumentNode): FixedArguments {
  const types = supergraphTypes(supergraph);
  const fixed = new Map<string, FixedField>();
  /** Fields to add, by type. */
  const added = new Map<string, Map<string, FieldDefinitionNode>>();
  const taken = new Set([...types.types.values()].flatMap(({ fields = [] }) => fields.map(({ name }) => name.value)));

  const nameFor = (field: FieldNode): string => {
    const hash = createHash('sha256').update(meaningOf(field)).digest('hex');
    let length = 8;
    let name = `${field.name.value}__${hash.slice(0, length)}`;
    while (taken.has(name) && !fixed.has(name)) name = `${field.name.value}__${hash.slice(0, ++length)}`;
    return name;
  };

  const renamed = (set: SelectionSetNode, parent: string): SelectionSetNode => ({
    ...set,
    selections: set.selections.map((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection; // a field set has none
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = selection.typeCondition?.name.value ?? parent;
        return { ...selection, selectionSet: renamed(selection.selectionSet, type) };
      }
      const definition = types.field(parent, selection.name.value);
      const below =
        selection.selectionSet && definition
          ? { selectionSet: renamed(selection.selectionSet, nameOf(definition.type)) }
          : {};
      if (!selection.arguments?.length) return { ...selection, ...below };
      const name = nameFor(selection);
      if (!fixed.has(name)) fixed.set(name, { field: selection.name.value, arguments: selection.arguments });
      add(parent, selection.name.value, name);
      return { ...selection, ...below, name: { ...selection.name, value: name }, arguments: [] };
    }),
  });

  function add(parent: string, field: string, name: string): void {
    for (const type of relatives(types, parent, field)) {
      const definition = types.field(type, field);
      const own = added.get(type) ?? new Map<string, FieldDefinitionNode>();
      if (definition === undefined || own.has(name)) continue;
      added.set(type, own.set(name, cloneOf(definition, name)));
    }
  }

  const requiring = (field: FieldDefinitionNode, parent: string): FieldDefinitionNode => ({
    ...field,
    directives: (field.directives ?? []).map((directive) => {
      const requires = directive.name.value === 'join__field' ? textOf(directive, 'requires') : undefined;
      if (requires === undefined) return directive;
      return withText(directive, 'requires', fieldSetText(renamed(fieldSet(requires), parent)));
    }),
  });

  const copy = visit(supergraph, {
    enter(node) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return undefined;
      return { ...node, fields: (node.fields ?? []).map((field) => requiring(field, node.name.value)) };
    },
  });
  // What is added may itself require fields with arguments, which then are added too.
  const finished = new Map<string, FieldDefinitionNode[]>();
  for (let open = [...added]; open.length > 0; ) {
    for (const [type, fields] of open) {
      const done = finished.get(type) ?? [];
      const news = [...fields.values()].filter(({ name }) => !done.some((one) => one.name.value === name.value));
      finished.set(type, [...done, ...news.map((field) => requiring(field, type))]);
    }
    open = [...added].filter(([type, fields]) => fields.size > (finished.get(type)?.length ?? 0));
  }
  const corrected = visit(copy, {
    enter(node) {
      if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return undefined;
      const more = finished.get(node.name.value);
      return more ? { ...node, fields: [...(node.fields ?? []), ...more] } : undefined;
    },
  });
  return { supergraph: corrected, fixed, problems: unsendable(corrected, fixed) };
}

/** One representation holds each field once: a `@requires` that wants it twice can never be served. */
function unsendable(supergraph: DocumentNode, fixed: ReadonlyMap<string, FixedField>): PlanningProblem[] {
  const types = supergraphTypes(supergraph);
  return [...types.types.values()].flatMap((type) =>
    (type.fields ?? []).flatMap((field) =>
      joins(field, 'join__field').flatMap((join) => {
        const requires = textOf(join, 'requires');
        if (requires === undefined || fixed.has(field.name.value)) return [];
        const conflict = conflictIn(entriesOf(fieldSet(requires), type.name.value, types, fixed));
        if (conflict === undefined) return [];
        return [
          {
            subgraph: types.graphs.get(textOf(join, 'graph') ?? ''),
            at: `${type.name.value}.${field.name.value}`,
            message: `its @requires asks for "${conflict.join('.')}" with different arguments; the entity that it is sent holds that field once. Split it into two fields, each with one of them.`,
          },
        ];
      }),
    ),
  );
}

/** The type and all that share the field with it through interfaces: an interface's field has to be on all of them. */
function relatives(types: SupergraphTypes, type: string, field: string): Set<string> {
  const found = new Set([type]);
  const has = (name: string) => types.field(name, field) !== undefined;
  for (const name of found) {
    for (const above of types.types.get(name)?.interfaces ?? []) if (has(above.name.value)) found.add(above.name.value);
    for (const [below, definition] of types.types) if (implementsType(definition, name)) found.add(below);
  }
  return found;
}

const implementsType = ({ interfaces = [] }: ComposedType, name: string) =>
  interfaces.some((one) => one.name.value === name);

const cloneOf = (definition: FieldDefinitionNode, name: string): FieldDefinitionNode => ({
  kind: Kind.FIELD_DEFINITION,
  name: { kind: Kind.NAME, value: name },
  type: definition.type,
  directives: joins(definition, 'join__field'),
});

const withText = (directive: ConstDirectiveNode, argument: string, text: string): ConstDirectiveNode => ({
  ...directive,
  arguments: (directive.arguments ?? []).map((one) =>
    one.name.value === argument ? { ...one, value: { kind: Kind.STRING, value: text } } : one,
  ),
});

/** For messages: `price(currency: "USD")`. */
export const fixedText = ({ field, arguments: args }: FixedField) =>
  `${field}(${args.map((argument) => print(argument)).join(', ')})`;
