import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  print,
  type SelectionNode,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Documents } from '../documents.ts';
import { HttpRefusal } from '../http/answers.ts';
import { sha256 } from '../operations/registry.ts';
import type { LiveField } from './live-fields.ts';

/** A subscription as the query that is asked in its place. */
export interface Repeated {
  readonly text: string;
  /** The root field's name in the answer. */
  readonly shownAs: string;
  /** Whether the answer holds `ENDED`, which the client did not ask for. */
  readonly tellsEnd: boolean;
  readonly topicsFor: (variables: Readonly<Record<string, unknown>>) => readonly string[];
}

/** Under which name the answer says whether the subscription is over; taken out before the client sees it. */
export const ENDED = 'concordEnded_';

export interface RepeatingOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Pick<Documents, 'store'>;
  readonly fields: ReadonlyMap<string, LiveField>;
}

/** Most subscriptions that are kept rewritten. */
const KEPT = 500;

/** Finds the query of a prepared text; null: its operation is no subscription. @throws HttpRefusal where it is not offered */
export function createRepeating({ schema, documents, fields }: RepeatingOptions) {
  const known = new LRUCache<string, Repeated>({ max: KEPT });
  return async (text: string, operationName: string | undefined): Promise<Repeated | null> => {
    const key = `${operationName ?? ''} ${text}`;
    const kept = known.get(key);
    if (kept !== undefined) return kept;
    const document = await documents.store.get(sha256(text));
    if (document === undefined) return null;
    const repeated = repeatedQuery(document, operationName, schema, fields);
    if (repeated !== null) known.set(key, repeated);
    return repeated;
  };
}

/**
 * The query that answers a subscription. Everything but the root field stays as it is written, so that limits, rights, masks,
 * costs and plan are those of an ordinary query. null: it is no subscription.
 * @param document valid for the schema
 * @throws HttpRefusal where the field is not live
 */
export function repeatedQuery(
  document: DocumentNode,
  operationName: string | undefined,
  schema: GraphQLSchema,
  fields: ReadonlyMap<string, LiveField>,
): Repeated | null {
  const operation = getOperationAST(document, operationName);
  const subscription = schema.getSubscriptionType();
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION || subscription == null) return null;
  const alone = separateOperations(document)[operation.name?.value ?? ''] ?? document;
  const types = new TypeInfo(schema);
  let root: { readonly asked: FieldNode; readonly live: LiveField } | undefined;
  const query = visit(
    alone,
    visitWithTypeInfo(types, {
      OperationDefinition: { leave: (node) => ({ ...node, operation: OperationTypeNode.QUERY }) },
      NamedType(node, _key, parent) {
        const condition = parent !== undefined && 'kind' in parent && CONDITIONED.has(parent.kind);
        if (!condition || node.name.value !== subscription.name) return undefined;
        return { ...node, name: { kind: Kind.NAME, value: schema.getQueryType()?.name ?? '' } };
      },
      Field: {
        enter(node) {
          if (types.getParentType() !== subscription) return undefined;
          const live = fields.get(node.name.value);
          if (live === undefined) return undefined;
          root = { asked: node, live };
          return undefined;
        },
        leave(node) {
          if (types.getParentType() !== subscription || root === undefined) return undefined;
          return asQuery(node, root.live);
        },
      },
    }),
  );
  if (root === undefined) {
    throw new HttpRefusal(400, 'OPERATION_RESOLUTION_FAILURE', 'Operations of the kind subscription are not offered');
  }
  const { asked, live } = root;
  const field = subscription.getFields()[asked.name.value];
  return {
    text: print(query),
    shownAs: (asked.alias ?? asked.name).value,
    tellsEnd: live.until !== null,
    topicsFor(variables) {
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      if (coerced === undefined || field === undefined) return []; // the query's answer says what is wrong
      const given = getArgumentValues(field, asked, coerced);
      return live.on.map((topic) => topic.replace(/\{(\w+)\}/, (_, name: string) => String(given[name])));
    },
  };
}

const CONDITIONED: ReadonlySet<string> = new Set([Kind.FRAGMENT_DEFINITION, Kind.INLINE_FRAGMENT]);

function asQuery(node: FieldNode, { query, until }: LiveField): FieldNode {
  const name = { kind: Kind.NAME, value: query } as const;
  const ended: SelectionNode[] =
    until === null
      ? []
      : [{ kind: Kind.FIELD, alias: { kind: Kind.NAME, value: ENDED }, name: { kind: Kind.NAME, value: until } }];
  return {
    ...node,
    ...(query === node.name.value ? {} : { alias: node.alias ?? node.name }),
    name,
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [...(node.selectionSet?.selections ?? []), ...ended],
    },
  };
}
