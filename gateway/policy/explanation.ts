import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLFormattedError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { Origin } from './origins.ts';

/** Why the caller does not see a value. */
export interface Why {
  /**
   * SCOPES, POLICIES: `needs` says what is missing, `at` where it is asked for. ERROR: `code` of the error that was told. MASK: shown in part, as `mask` says.
   * ROWS_OR_ABSENT: there is no such record, or it is of a customer whom this key may not see; both are answered alike.
   * ABSENT: the system holds no value.
   */
  readonly reason: 'SCOPES' | 'POLICIES' | 'ERROR' | 'MASK' | 'ROWS_OR_ABSENT' | 'ABSENT';
  /** Groups of names of which one whole group is needed. */
  readonly needs?: readonly (readonly string[])[];
  /** `Type` or `Type.field` that asks for it. */
  readonly at?: string;
  readonly code?: string;
  readonly mask?: string;
}

/** One field of the operation, over all places of the answer where it stands. */
export interface Explained {
  /** Response names from the root; positions in lists are left out. */
  readonly path: string;
  /** `Type.field`. */
  readonly field: string;
  readonly systems: readonly string[];
  readonly owner?: string;
  /** Id of the first such object in that system, where the answer holds it. */
  readonly externalId?: string;
  /** When the oldest value left the system, RFC 3339; absent where it did not say. */
  readonly asOf?: string;
  /** Places with a value, and without one. */
  values: number;
  nulls: number;
  /** Absent where every place shows its value in full. */
  why?: Why;
}

/** What is known of a field, whoever asks and whatever the answer is. */
export interface Known {
  readonly origin: (type: string, field: string) => Origin | undefined;
  readonly owner: (coordinate: string) => string | undefined;
  readonly asOf: (system: string) => string | undefined;
  /** Why the caller is denied it, or sees it masked. */
  readonly kept: (type: string, field: string) => Why | undefined;
  /** Whether the caller sees some customers only. */
  readonly limitedRows: boolean;
}

export interface Explanation {
  readonly fields: readonly Explained[];
  /** Fields that are not told because there are too many. */
  readonly omitted: number;
}

const MOST_FIELDS = 300;
/** Objects that are looked at for one field; of a longer list the first ones. */
const MOST_OBJECTS = 100;

type Json = Readonly<Record<string, unknown>>;

/** Goes through an operation and its answer together. Nothing of it is kept for the next request. */
export function explain(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  answer: { readonly data: unknown; readonly errors: readonly GraphQLFormattedError[] },
  known: Known,
  schema: GraphQLSchema,
): Explanation {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const failed = new Map<string, string>();
  for (const { path = [], extensions } of answer.errors) {
    const steps = path.filter((step) => typeof step === 'string');
    for (let length = steps.length; length > 0; length--) {
      const at = steps.slice(0, length).join('.'); // a null may have climbed to any place above
      if (!failed.has(at)) failed.set(at, String(extensions?.code));
    }
  }
  const found = new Map<string, Explained>();
  let omitted = 0;

  const visitField = (node: FieldNode, parent: GraphQLCompositeType, above: Above, path: string): void => {
    const name = node.name.value;
    const definition = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const responseName = (node.alias ?? node.name).value;
    const objects = above.objects.filter((object) => responseName in object);
    if (definition === undefined || objects.length === 0) return;
    const type = getNamedType(definition.type);
    const here = path === '' ? responseName : `${path}.${responseName}`;
    const values = objects.flatMap((object) => flat(object[responseName])).slice(0, MOST_OBJECTS);
    const origin = known.origin(parent.name, name);
    // A value type (an amount, an address) is known to many systems, and comes from the one that holds it.
    const systems = narrowed(origin?.systems ?? [], above.systems);
    if (!found.has(`${here} ${parent.name}`)) {
      if (found.size >= MOST_FIELDS) omitted += 1;
      else found.set(`${here} ${parent.name}`, told());
    }
    const below = values.filter((value): value is Json => typeof value === 'object' && value !== null);
    if (node.selectionSet !== undefined && isCompositeType(type) && below.length > 0) {
      visitSet(node.selectionSet, type, { objects: below, systems }, here);
    }

    function told(): Explained {
      const coordinate = `${parent.name}.${name}`;
      const owner = known.owner(coordinate);
      const nulls = values.filter((value) => value === null).length;
      const externalId = origin?.keys.map((key) => objects[0]?.[key]).find((id) => typeof id === 'string');
      const asOf = systems
        .map(known.asOf)
        .filter((at) => at !== undefined)
        .sort()[0];
      const why = known.kept(parent.name, name) ?? (nulls > 0 ? whyNull(here, node, type) : undefined);
      return {
        path: here,
        field: coordinate,
        systems,
        ...(owner === undefined ? {} : { owner }),
        ...(externalId === undefined ? {} : { externalId: String(externalId) }),
        ...(asOf === undefined ? {} : { asOf }),
        values: values.length - nulls,
        nulls,
        ...(why === undefined ? {} : { why }),
      };
    }
  };

  const whyNull = (path: string, node: FieldNode, type: GraphQLNamedType): Why => {
    const code = failed.get(path);
    const climbed = code === 'FORBIDDEN_FIELD' && node.selectionSet ? keptIn(node.selectionSet, type) : undefined;
    if (climbed !== undefined) return climbed;
    if (code !== undefined) return { reason: 'ERROR', code };
    return { reason: isCompositeType(type) && known.limitedRows ? 'ROWS_OR_ABSENT' : 'ABSENT' };
  };

  /** Why the first field of a selection is denied: where it is never null, its null has taken the object with it. */
  const keptIn = (set: SelectionSetNode, type: GraphQLNamedType): Why | undefined => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const why = known.kept(type.name, selection.name.value);
        if (why !== undefined && why.reason !== 'MASK') return why;
        const definition =
          isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
        const below =
          definition && selection.selectionSet && keptIn(selection.selectionSet, getNamedType(definition.type));
        if (below !== undefined) return below;
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      const narrower = fragment?.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
      const why = fragment && narrower && keptIn(fragment.selectionSet, narrower);
      if (why !== undefined) return why;
    }
    return undefined;
  };

  const visitSet = (set: SelectionSetNode, parent: GraphQLCompositeType, above: Above, path: string): void => {
    for (const selection of set.selections) {
      if (found.size >= MOST_FIELDS && omitted >= MOST_FIELDS) return; // enough was counted, too
      if (selection.kind === Kind.FIELD) {
        visitField(selection, parent, above, path);
        continue;
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const type = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent;
      if (isCompositeType(type)) visitSet(fragment.selectionSet, type, above, path);
    }
  };

  const root = schema.getRootType(operation.operation);
  if (root != null && typeof answer.data === 'object' && answer.data !== null) {
    visitSet(operation.selectionSet, root, { objects: [answer.data as Json], systems: [] }, ''); // GraphQL: data is an object
  }
  return { fields: [...found.values()], omitted };
}

/** The objects that hold a field, and the systems from which they come. */
interface Above {
  readonly objects: readonly Json[];
  readonly systems: readonly string[];
}

const flat = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [value]);

function narrowed(systems: readonly string[], above: readonly string[]): readonly string[] {
  const both = systems.filter((system) => above.includes(system));
  return systems.length > 1 && both.length > 0 ? both : systems;
}
