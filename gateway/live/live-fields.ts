import { type DocumentNode, type GraphQLSchema, Kind, valueFromASTUntyped } from 'graphql';
import { z } from 'zod';
import type { Requirements } from '../../platform/policy/requirements.ts';

/** How one field of `Subscription` is answered. */
export interface LiveField {
  /** The field of `Query` that is asked, with the same arguments. */
  readonly query: string;
  /** Topics of which a change may change the answer; `{name}` stands for an argument. Example: `process:{id}`. */
  readonly on: readonly string[];
  /** The field of the answer whose value ends it; null: it goes on for as long as there is an answer. */
  readonly until: string | null;
}

const Live = z.strictObject({
  query: z.string(),
  on: z.array(z.string().regex(/^[A-Za-z]+:\{\w+\}$/)).min(1),
  until: z.string().optional(),
});

/** The `@live` of a supergraph, by field of `Subscription`. @throws Error naming the field that does not fit its query */
export function readLiveFields(
  supergraph: DocumentNode,
  schema: GraphQLSchema,
  requirements: Requirements,
): ReadonlyMap<string, LiveField> {
  const found = new Map<string, LiveField>();
  const subscription = schema.getSubscriptionType();
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION || type.name.value !== subscription?.name) continue;
    for (const { name, directives = [] } of type.fields ?? []) {
      const directive = directives.find((one) => one.name.value === 'live');
      if (directive === undefined) continue;
      const given = Object.fromEntries(
        (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
      );
      const live = { until: null, ...Live.parse(given) };
      checkFits(name.value, live, schema, requirements);
      found.set(name.value, live);
    }
  }
  return found;
}

/** What is asked is the query: it must mean the same, and ask the same of the caller. */
function checkFits(name: string, live: LiveField, schema: GraphQLSchema, requirements: Requirements): void {
  const queries = schema.getQueryType();
  const field = schema.getSubscriptionType()?.getFields()[name];
  const query = queries?.getFields()[live.query];
  const wrong = (why: string) => new Error(`@live of Subscription.${name}: ${why}`);
  if (field === undefined || query === undefined) throw wrong(`there is no Query.${live.query}`);
  if (String(field.type) !== String(query.type)) throw wrong(`its type is not that of Query.${live.query}`);
  for (const argument of field.args) {
    const same = query.args.find((one) => one.name === argument.name);
    if (String(same?.type) !== String(argument.type) || same?.defaultValue !== argument.defaultValue) {
      throw wrong(`Query.${live.query} has no such argument: ${argument.name}`);
    }
  }
  for (const topic of live.on) {
    const named = /\{(\w+)\}/.exec(topic)?.[1];
    if (!field.args.some((argument) => argument.name === named)) throw wrong(`${topic} names no argument of it`);
  }
  const asked = (coordinate: string) => JSON.stringify(requirements.get(coordinate) ?? []);
  if (asked(`Subscription.${name}`) !== asked(`${queries?.name}.${live.query}`)) {
    throw wrong(`it asks for other scopes than Query.${live.query}`);
  }
}
