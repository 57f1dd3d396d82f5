import {
  buildASTSchema,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  parse,
  print,
  printSchema,
  type StringValueNode,
  specifiedScalarTypes,
  type TypeDefinitionNode,
  type TypeNode,
  visit,
} from 'graphql';
import type { ActLimits } from '../../platform/principal.ts';

/** What of the graph one caller may see and do; fields, arguments and values are named by schema coordinate. */
export interface ContractView {
  readonly denied: {
    /** `Type.field`. */
    readonly fields: ReadonlySet<string>;
    readonly types: ReadonlySet<string>;
  };
  /** What may not be sent in: `Type.field(argument:)`, `Input.field`, `Enum.VALUE`. */
  readonly barred: ReadonlySet<string>;
  /** The only mutations there are; null: all that are not denied. */
  readonly acts: ActLimits | null;
  /** How the values of fields are shown, by `Type.field`. Example: `Contact.email` -> `EMAIL`. */
  readonly masks: ReadonlyMap<string, string>;
  /** The canonical fields that each input field changes: who may not see a field may not set it either. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
}

/**
 * The graph as one caller sees it: what is denied is gone, and with it all that leads only there or cannot be without it.
 * What is masked or limited says so in its description. Everything stays in the order of the source. Valid, but for a
 * caller who may ask nothing at all: then `Query` has no field.
 */
export const contractSchema = (schema: GraphQLSchema, view: ContractView): GraphQLSchema =>
  buildASTSchema(contractDocument(schema, view), { assumeValid: true, assumeValidSDL: true });

/** The same as text. */
export const contractSdl = (schema: GraphQLSchema, view: ContractView): string =>
  `${print(contractDocument(schema, view))}\n`;

function contractDocument(schema: GraphQLSchema, view: ContractView): DocumentNode {
  const roots = { query: schema.getQueryType()?.name, mutation: schema.getMutationType()?.name };
  let definitions = parse(printSchema(schema), { noLocation: true }).definitions;
  let size = -1;
  // What goes may take others with it: a field without its type, a type without its last field.
  while (size !== weight(definitions)) {
    size = weight(definitions);
    const known = knownTypes(definitions);
    const faces = lostOfFaces(definitions);
    definitions = definitions.flatMap((definition) => pruned(definition, { view, known, faces, roots }));
  }
  const reached = reachable(definitions);
  return {
    kind: Kind.DOCUMENT,
    definitions: definitions
      .filter((definition) => !isType(definition) || reached.has(definition.name.value))
      .map((definition) => told(definition, view, roots.mutation)),
  };
}

interface Pruning {
  readonly view: ContractView;
  readonly known: ReadonlySet<string>;
  /** Coordinates that an interface cannot keep, because a type behind it does not. */
  readonly faces: ReadonlySet<string>;
  readonly roots: { readonly query: string | undefined; readonly mutation: string | undefined };
}

/** One definition without what cannot stay; none when nothing is left of it. */
function pruned(definition: DefinitionNode, about: Pruning): readonly DefinitionNode[] {
  const { view, known, roots } = about;
  if (definition.kind === Kind.SCHEMA_DEFINITION) {
    return [
      { ...definition, operationTypes: definition.operationTypes.filter(({ type }) => known.has(type.name.value)) },
    ];
  }
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
    const kept = (definition.arguments ?? []).filter(({ type }) => known.has(nameOf(type)));
    return kept.length === (definition.arguments ?? []).length ? [definition] : [];
  }
  if (!isType(definition)) return [];
  const name = definition.name.value;
  if (view.denied.types.has(name)) return [];
  switch (definition.kind) {
    case Kind.SCALAR_TYPE_DEFINITION:
      return [definition];
    case Kind.ENUM_TYPE_DEFINITION: {
      const values = definition.values?.filter((value) => !view.barred.has(`${name}.${value.name.value}`)) ?? [];
      return values.length === 0 ? [] : [{ ...definition, values }];
    }
    case Kind.UNION_TYPE_DEFINITION: {
      const types = definition.types?.filter((type) => known.has(type.name.value)) ?? [];
      return types.length === 0 ? [] : [{ ...definition, types }];
    }
    case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
      const all = definition.fields ?? [];
      const fields = all.filter((field) => staysInput(field, `${name}.${field.name.value}`, about));
      const incomplete = all.some((field) => isRequired(field) && !fields.includes(field));
      return incomplete || fields.length === 0 ? [] : [{ ...definition, fields }];
    }
    default: {
      const fields = (definition.fields ?? []).flatMap((field) => keptField(name, field, about));
      if (fields.length === 0 && name !== roots.query) return [];
      const interfaces = definition.interfaces?.filter((face) => known.has(face.name.value)) ?? [];
      return [{ ...definition, fields, interfaces }];
    }
  }
}

function keptField(
  type: string,
  field: FieldDefinitionNode,
  { view, known, faces, roots }: Pruning,
): FieldDefinitionNode[] {
  const at = `${type}.${field.name.value}`;
  if (view.denied.fields.has(at) || faces.has(at) || !known.has(nameOf(field.type))) return [];
  if (type === roots.mutation && view.acts !== null && !Object.hasOwn(view.acts, field.name.value)) return [];
  const all = field.arguments ?? [];
  const kept = all.filter((argument) => {
    const coordinate = `${at}(${argument.name.value}:)`;
    return known.has(nameOf(argument.type)) && !view.barred.has(coordinate) && !faces.has(coordinate);
  });
  if (all.some((argument) => isRequired(argument) && !kept.includes(argument))) return [];
  return [{ ...field, arguments: kept }];
}

function staysInput(field: InputValueDefinitionNode, at: string, { view, known }: Pruning): boolean {
  if (!known.has(nameOf(field.type)) || view.barred.has(at)) return false;
  return !(view.writes.get(at) ?? []).some((target) => view.denied.fields.has(target));
}

/** What the types behind an interface no longer have, its own fields and arguments cannot promise. */
function lostOfFaces(definitions: readonly DefinitionNode[]): ReadonlySet<string> {
  const lost = new Set<string>();
  const faces = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  for (const type of definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const face of (type.interfaces ?? []).map(({ name }) => faces.get(name.value))) {
      for (const promised of face?.fields ?? []) {
        const at = `${face?.name.value}.${promised.name.value}`;
        const held = type.fields?.find(({ name }) => name.value === promised.name.value);
        if (held === undefined) lost.add(at);
        for (const { name } of promised.arguments ?? []) {
          if (!held?.arguments?.some((argument) => argument.name.value === name.value))
            lost.add(`${at}(${name.value}:)`);
        }
      }
    }
  }
  return lost;
}

/** Names of the types that a caller can come to from the roots. */
function reachable(definitions: readonly DefinitionNode[]): ReadonlySet<string> {
  const types = new Map(definitions.flatMap((one) => (isType(one) ? [[one.name.value, one] as const] : [])));
  const behind = new Map<string, string[]>();
  for (const type of types.values()) {
    for (const face of 'interfaces' in type ? (type.interfaces ?? []) : []) {
      behind.set(face.name.value, [...(behind.get(face.name.value) ?? []), type.name.value]);
    }
  }
  const schema = definitions.find((one) => one.kind === Kind.SCHEMA_DEFINITION);
  const roots = schema?.operationTypes.map(({ type }) => type.name.value) ?? ['Query', 'Mutation', 'Subscription'];
  const directives = definitions.filter(({ kind }) => kind === Kind.DIRECTIVE_DEFINITION);
  const reached = new Set<string>();
  const open = [...roots, ...directives.flatMap(namesIn)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const type = types.get(name);
    if (type === undefined || reached.has(name)) continue;
    reached.add(name);
    open.push(...namesIn(type), ...(behind.get(name) ?? []));
  }
  return reached;
}

/** With what its readers must know of masks and limits. */
function told(definition: DefinitionNode, view: ContractView, mutation: string | undefined): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) {
    return definition;
  }
  const fields = definition.fields?.map((field) => {
    const mask = view.masks.get(`${definition.name.value}.${field.name.value}`);
    const limits = definition.name.value === mutation ? view.acts?.[field.name.value]?.upTo : undefined;
    const notes = [
      ...(mask === undefined ? [] : [maskNote(mask)]),
      ...(limits === undefined ? [] : [limitNote(limits)]),
    ];
    if (notes.length === 0) return field;
    const value = [...(field.description ? [field.description.value] : []), ...notes].join('\n');
    const description: StringValueNode = { kind: Kind.STRING, value, block: true };
    return { ...field, description };
  });
  return fields === undefined ? definition : { ...definition, fields };
}

const MASKED: Readonly<Record<string, string>> = {
  EMAIL: 'only its first letter and its domain are shown',
  LAST4: 'only its last four characters are shown',
  HIDE: 'nothing of it is shown',
};

/** How a field says that its value is not shown in full. */
export const maskNote = (mask: string): string => `Masked (${mask}): ${MASKED[mask] ?? 'not shown in full'}.`;

const limitNote = (upTo: Readonly<Record<string, string>>): string =>
  `At most ${Object.entries(upTo)
    .map(([currency, amount]) => `${amount} ${currency}`)
    .join(' or ')} for one act.`;

const SPECIFIED = specifiedScalarTypes.map(({ name }) => name);

const knownTypes = (definitions: readonly DefinitionNode[]): ReadonlySet<string> =>
  new Set([...SPECIFIED, ...definitions.flatMap((one) => (isType(one) ? [one.name.value] : []))]);

const isType = (node: DefinitionNode): node is TypeDefinitionNode => /TypeDefinition$/.test(node.kind);

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

const isRequired = ({ type, defaultValue }: InputValueDefinitionNode): boolean =>
  type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;

/** How many nodes there are: pruning only takes away. */
function weight(definitions: readonly DefinitionNode[]): number {
  let nodes = 0;
  const count = () => void nodes++;
  for (const definition of definitions) visit(definition, { enter: count });
  return nodes;
}

function namesIn(definition: DefinitionNode): string[] {
  const names: string[] = [];
  visit(definition, { [Kind.NAMED_TYPE]: (node: NamedTypeNode) => void names.push(node.name.value) });
  return names;
}
