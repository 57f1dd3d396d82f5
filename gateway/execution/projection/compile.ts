import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type SelectionSetNode,
} from 'graphql';
import type { Shape } from '../operation/shape.ts';
import { fieldOf, isTree, type Tree } from '../plan/tree.ts';
import { collectFields } from './collect.ts';
import { leafWriter } from './leaves.ts';
import { type Masks, sensitiveWriter } from './masked.ts';
import type { Projecting } from './state.ts';

/** The JSON text of a value that is not null; undefined where it becomes null, and then the errors say why. */
export type Write = (value: unknown, state: Projecting) => string | undefined;
type WriteObject = (object: Tree, state: Projecting) => string | undefined;

/** The text of an answer's `data`. */
export type Projection = (tree: Tree, state: Projecting) => string;

interface Field {
  readonly responseName: string;
  /** `"name":`, with a comma before it where it is not the first. */
  readonly prefix: string;
  /** The same where the quotation mark of the field before is still to be written. */
  readonly prefixAfterText: string;
  /** Name of the value in the tree. */
  readonly from: string;
  /** Whether every object inherits something of that name. */
  readonly inherited: boolean;
  readonly mayBeNull: boolean;
  /** Where it is not read from the tree; undefined as in `Write`. */
  readonly given: ((object: Tree, state: Projecting) => string | undefined) | undefined;
  /** A text that is shown as it is: the prefixes then end with its first quotation mark. */
  readonly text: { readonly prefix: string; readonly prefixAfterText: string } | undefined;
  readonly write: Write;
}

interface Context {
  readonly schema: GraphQLSchema;
  readonly shape: Shape;
  /** Name in the tree of a field of the shown operation. */
  readonly treeName: (field: FieldNode) => string;
  readonly masks: Masks | undefined;
}

/**
 * Compiles the way from the tree to the answer's text, in one pass: order, aliases and fragments of the operation, types of
 * the API schema, nulls that climb (GraphQL, 6.4.4). Depths count response names and indices from the root.
 */
export function compileProjection(
  shape: Shape,
  schema: GraphQLSchema,
  treeName: (field: FieldNode) => string,
  masks?: Masks,
): Projection {
  const root = schema.getRootType(shape.shown.operation);
  if (root == null) throw new Error(`The graph has no ${shape.shown.operation}`); // refused before (plugins/operation-choice.ts)
  const write = objectWriter(root, [shape.shown.selectionSet], 0, { schema, shape, treeName, masks });
  return (tree, state) => write(tree, state) ?? 'null';
}

function objectWriter(
  type: GraphQLObjectType | GraphQLInterfaceType,
  sets: readonly SelectionSetNode[],
  depth: number,
  context: Context,
): WriteObject {
  const fields = [...collectFields(sets, type, context.shape, context.schema)].map(([responseName, nodes], index) =>
    fieldFor(responseName, nodes, index === 0, type, depth, context),
  );
  return (object, state) => {
    const { plain } = state;
    let text = '{';
    let quoted = false; // whether a quotation mark is to be written yet: in one piece with what comes next
    for (const field of fields) {
      if (plain && field.text !== undefined) {
        const value = object[field.from];
        if (typeof value === 'string') {
          text += (quoted ? field.text.prefixAfterText : field.text.prefix) + value;
          quoted = true;
          continue;
        }
      }
      state.path[depth] = field.responseName;
      let part: string | undefined;
      if (field.given !== undefined) {
        part = field.given(object, state);
      } else {
        const value = field.inherited ? fieldOf(object, field.from) : object[field.from];
        if (value === null || value === undefined) {
          state.explainNull(object, field.from, value, depth, field.mayBeNull);
        } else {
          part = field.write(value, state);
        }
      }
      if (part === undefined) {
        if (!field.mayBeNull) return undefined;
        part = 'null';
      }
      text += (quoted ? field.prefixAfterText : field.prefix) + part;
      quoted = false;
    }
    return text + (quoted ? '"}' : '}');
  };
}

function fieldFor(
  responseName: string,
  nodes: readonly FieldNode[],
  isFirst: boolean,
  parent: GraphQLObjectType | GraphQLInterfaceType,
  depth: number,
  context: Context,
): Field {
  const { shape } = context;
  const shown = nodes.filter((node) => !shape.denied.has(node));
  const name = nodes[0]?.name.value ?? '';
  const definition = parent.getFields()[name];
  const from = shown[0] === undefined ? responseName : context.treeName(shown[0]);
  const prefix = `${isFirst ? '' : ','}${JSON.stringify(responseName)}:`;
  const field = {
    responseName,
    prefix,
    prefixAfterText: `"${prefix}`,
    from,
    inherited: from in Object.prototype,
    mayBeNull: definition !== undefined && !isNonNullType(definition.type),
    given: undefined,
    text: undefined,
    write: () => undefined,
  };
  if (name === '__typename') return { ...field, given: typenameWriter(parent, depth) };
  if (definition === undefined) {
    // `__schema` and `__type`: answered by the schema, not by a subgraph.
    return { ...field, mayBeNull: true, given: (_object, state) => state.introspected.get(responseName) };
  }
  if (shown.length === 0) {
    return {
      ...field,
      given: (_object, state) => {
        state.refuse(depth);
        return undefined;
      },
    };
  }
  const sets = shown.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  const write = writer(definition.type, sets, depth, context);
  const { masks } = context;
  const guarded =
    masks === undefined ? write : sensitiveWriter(`${parent.name}.${name}`, definition.type, write, depth, masks);
  const isText = guarded === write && isTextType(getNullableType(definition.type)) && !field.inherited;
  const text = isText ? { prefix: `${prefix}"`, prefixAfterText: `"${prefix}"` } : undefined;
  return { ...field, text, write: guarded };
}

/** Whether a text of this type is shown as a subgraph sent it. */
const isTextType = (type: GraphQLOutputType): boolean =>
  isScalarType(type) && (type.name === 'String' || type.name === 'ID');

function typenameWriter(parent: GraphQLObjectType | GraphQLInterfaceType, depth: number): Field['given'] {
  if (isObjectType(parent)) return () => `"${parent.name}"`;
  return (_object, state) => {
    state.unfit(depth); // nobody told which of its types the object is of
    return undefined;
  };
}

/** Writes values of a type; the field that holds them stands at `depth`. */
function writer(type: GraphQLOutputType, sets: readonly SelectionSetNode[], depth: number, context: Context): Write {
  const nullable = getNullableType(type);
  if (isListType(nullable)) return listWriter(nullable.ofType, sets, depth, context);
  if (isLeafType(nullable)) {
    const write = leafWriter(nullable);
    return (value, state) => {
      const text = write(value, state.plain);
      if (text === undefined) state.unfit(depth);
      return text;
    };
  }
  const write = isObjectType(nullable)
    ? objectWriter(nullable, sets, depth + 1, context)
    : abstractWriter(nullable.name, sets, depth, context);
  return (value, state) => {
    if (isTree(value)) return write(value, state);
    state.unfit(depth);
    return undefined;
  };
}

function listWriter(
  entryType: GraphQLOutputType,
  sets: readonly SelectionSetNode[],
  depth: number,
  context: Context,
): Write {
  const write = writer(entryType, sets, depth + 1, context);
  const mayBeNull = !isNonNullType(entryType);
  return (list, state) => {
    if (!Array.isArray(list)) {
      state.unfit(depth);
      return undefined;
    }
    let text = '[';
    for (let index = 0; index < list.length; index++) {
      state.path[depth + 1] = index;
      const value: unknown = list[index];
      let part: string | undefined;
      if (value === null || value === undefined) state.explainNull(list, String(index), null, depth + 1, mayBeNull);
      else part = write(value, state);
      if (part === undefined) {
        if (!mayBeNull) return undefined;
        part = 'null';
      }
      text += index === 0 ? part : `,${part}`;
    }
    return `${text}]`;
  };
}

/** Chooses by the type that the object names. What names none, or the interface itself, is written as far as that goes. */
function abstractWriter(name: string, sets: readonly SelectionSetNode[], depth: number, context: Context): WriteObject {
  const { schema } = context;
  const abstract = schema.getType(name);
  const isPossible = (type: GraphQLNamedType, wider: GraphQLAbstractType) =>
    (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wider, type);
  const writers = new Map<unknown, WriteObject | undefined>();
  const writerFor = (typename: unknown): WriteObject | undefined => {
    const type = typename === undefined ? abstract : schema.getType(String(typename));
    const fits = type === abstract || (type !== undefined && isAbstractType(abstract) && isPossible(type, abstract));
    return fits && (isObjectType(type) || isInterfaceType(type))
      ? objectWriter(type, sets, depth + 1, context)
      : undefined;
  };
  return (object, state) => {
    const typename = object.__typename;
    let write = writers.get(typename);
    if (write === undefined) {
      write = writerFor(typename);
      if (write === undefined) {
        state.unfit(depth);
        return undefined;
      }
      writers.set(typename, write);
    }
    return write(object, state);
  };
}
