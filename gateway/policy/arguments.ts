import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLInputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { getArgumentValues, getDirectiveValues } from 'graphql/execution/values.js';
import { LRUCache } from 'lru-cache';
import { barredBy, fieldsWithJudgedArguments, type Reads } from './reads.ts';

/** What is kept from a caller, wholly (`fields`, `types`) or in part (`masked`). */
export interface KeptFrom {
  readonly fields: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
  readonly masked: ReadonlySet<string>;
  /** Equal for callers from whom the same is kept. */
  readonly key: string;
}

export interface ArgumentPolicy {
  /** Whether any argument of the document could be refused to somebody; told once for each document. */
  concerns(document: DocumentNode): boolean;
  /** The first argument that the caller may not use, or a value that cannot be read; undefined: there is none. */
  refusal(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
    kept: KeptFrom,
  ): GraphQLError | undefined;
  /** Coordinates of what the caller may not use: `Type.field(argument:)`, `Input.field`, `Enum.VALUE`. */
  barredTo(kept: KeptFrom): ReadonlySet<string>;
}

/** Sets of barred coordinates kept, one for each view. */
const KEPT_VIEWS = 500;

/**
 * Refuses an argument that reads a field which the caller may not see, or sees only masked, and one of a denied type: the
 * order, the number and the time of an answer would tell what the field itself does not. Judged are the values that would
 * take effect, from literals, variables and defaults alike. Left out, or null, an argument reads nothing; an input field
 * reads also when it is null, which may well mean "has none".
 *
 * @param deniable names of the types that are denied to somebody
 */
export function createArgumentPolicy(
  schema: GraphQLSchema,
  reads: Reads,
  deniable: ReadonlySet<string>,
): ArgumentPolicy {
  const judged = fieldsWithJudgedArguments(schema, reads, deniable);
  const concerned = new WeakMap<DocumentNode, boolean>();
  const barred = new LRUCache<string, ReadonlySet<string>>({ max: KEPT_VIEWS });

  const barredTo = (kept: KeptFrom): ReadonlySet<string> => {
    let found = barred.get(kept.key);
    if (found === undefined) {
      found = barredBy(reads, (at) => isKept(at, kept));
      barred.set(kept.key, found);
    }
    return found;
  };

  return {
    barredTo,
    concerns(document) {
      if (judged.size === 0) return false;
      let found = concerned.get(document);
      if (found === undefined) {
        found = selects(document, judged, schema);
        concerned.set(document, found);
      }
      return found;
    },
    refusal(document, operation, variables, kept) {
      const use = { barred: barredTo(kept), types: kept.types };
      if (use.barred.size === 0 && use.types.size === 0) return undefined;
      try {
        const at = firstRefused();
        return at === undefined ? undefined : refused(at);
      } catch (error) {
        if (error instanceof GraphQLError) return unreadable(error);
        throw error;
      }

      function firstRefused(): string | undefined {
        for (const { node, parent, definition } of selectedFields(document, operation, variables, kept, schema)) {
          if (!judged.has(`${parent.name}.${definition.name}`)) continue;
          const values = getArgumentValues(definition, node, variables);
          for (const argument of definition.args) {
            const value = values[argument.name];
            if (value === undefined || value === null) continue;
            const coordinate = `${parent.name}.${definition.name}(${argument.name}:)`;
            const at = use.barred.has(coordinate) ? argument.name : usedIn(argument.type, value, argument.name, use);
            if (at !== undefined) return at;
          }
        }
        return undefined;
      }
    },
  };
}

/** A field is kept with its whole type, too: the name may be of a type that is denied itself. */
const isKept = (coordinate: string, { fields, types, masked }: KeptFrom): boolean =>
  fields.has(coordinate) || masked.has(coordinate) || types.has(coordinate.split('.')[0] ?? '');

interface Use {
  readonly barred: ReadonlySet<string>;
  readonly types: ReadonlySet<string>;
}

/** Where in a value something is used that may not be; `at` is the way to the value. */
function usedIn(type: GraphQLInputType, value: unknown, at: string, use: Use): string | undefined {
  if (use.types.has(getNamedType(type).name)) return at;
  if (value === null) return undefined;
  if (isNonNullType(type)) return usedIn(type.ofType, value, at, use);
  if (isListType(type)) {
    for (const entry of Array.isArray(value) ? value : [value]) {
      const found = usedIn(type.ofType, entry, at, use);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isEnumType(type)) return use.barred.has(`${type.name}.${String(value)}`) ? at : undefined;
  if (!isInputObjectType(type)) return undefined;
  for (const field of Object.values(type.getFields())) {
    const given = (value as Record<string, unknown>)[field.name]; // coerced: an input object is a record
    if (given === undefined) continue;
    const here = `${at}.${field.name}`;
    const found = use.barred.has(`${type.name}.${field.name}`) ? here : usedIn(field.type, given, here, use);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Selected {
  readonly node: Extract<SelectionNode, { kind: typeof Kind.FIELD }>;
  readonly parent: GraphQLCompositeType;
  readonly definition: GraphQLField<unknown, unknown>;
}

/** The fields that would be fetched: neither left out by a condition, nor denied, nor below what is denied. */
function* selectedFields(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  { fields }: KeptFrom,
  schema: GraphQLSchema,
): Generator<Selected> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const spread = new Set<string>();

  function* inSet(set: SelectionSetNode, parent: GraphQLCompositeType): Generator<Selected> {
    for (const selection of set.selections) {
      if (!isIncluded(selection, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const definition =
          isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[selection.name.value] : undefined;
        if (definition === undefined || fields.has(`${parent.name}.${definition.name}`)) continue;
        yield { node: selection, parent, definition };
        const type = getNamedType(definition.type);
        if (selection.selectionSet !== undefined && isCompositeType(type)) yield* inSet(selection.selectionSet, type);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (spread.has(selection.name.value)) continue;
        spread.add(selection.name.value);
      }
      const type = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
      if (isCompositeType(type)) yield* inSet(fragment.selectionSet, type);
    }
  }

  const root = schema.getRootType(operation.operation);
  if (root != null) yield* inSet(operation.selectionSet, root);
}

const isIncluded = (node: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean =>
  getDirectiveValues(GraphQLSkipDirective, node, variables)?.if !== true &&
  getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;

/** Whether the document selects one of these fields anywhere. */
function selects(document: DocumentNode, coordinates: ReadonlySet<string>, schema: GraphQLSchema): boolean {
  const types = new TypeInfo(schema);
  let found = false;
  const Field = (): void => {
    const [parent, field] = [types.getParentType(), types.getFieldDef()];
    if (parent != null && field != null && coordinates.has(`${parent.name}.${field.name}`)) found = true;
  };
  visit(document, visitWithTypeInfo(types, { Field }));
  return found;
}

const refused = (field: string): GraphQLError =>
  new GraphQLError(`Your key does not allow the argument ${field} here: leave it out; nothing was run`, {
    extensions: { code: 'FORBIDDEN_ARGUMENT', field, retryable: false, http: { status: 403 } },
  });

const unreadable = ({ message }: GraphQLError): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', retryable: false, http: { status: 400 } } });
