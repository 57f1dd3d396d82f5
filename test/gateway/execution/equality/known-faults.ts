import { type GraphQLSchema, isObjectType, parse, visit } from 'graphql';
import type { Answer } from './runner.ts';
import type { Operation } from './write-operation.ts';

/** The hub says that no right plan exists, instead of a wrong answer. */
export const isRefusal = ({ data, errors }: Answer): boolean =>
  data === null && errors.length > 0 && errors.every(({ extensions }) => extensions?.code === 'REFUSED');

/**
 * What is behind a wrong answer of ApolloGateway, by what can be seen of it. Its planner and its runner are the base of ours
 * and have faults of their own; they are counted, and asserted to be few, so that the data can be trusted where all agree.
 */
export function apolloFault(faults: readonly string[], operation: Operation, schema: GraphQLSchema): string {
  const text = faults.join('\n');
  const isMutation = operation.query.startsWith('mutation');
  if (/^threw/.test(text)) return 'throws';
  if (/^effects/m.test(text) || (isMutation && hasRepeatedRoots(operation))) return 'effects out of order, or twice';
  if (/another order$/m.test(text)) return 'fields in another order';
  if (usesFieldNameAsAlias(operation, schema)) return "an alias that is another field's name";
  return /MISUSE/.test(text) ? 'asks a subgraph for what is not its own' : 'other';
}

/** Fragments at the root that the planner puts together, and the order of fields with them. */
const hasRepeatedRoots = ({ query }: Operation): boolean => /\.\.\./.test(query);

function usesFieldNameAsAlias({ query }: Operation, schema: GraphQLSchema): boolean {
  const names = new Set(
    Object.values(schema.getTypeMap()).flatMap((type) => (isObjectType(type) ? Object.keys(type.getFields()) : [])),
  );
  let found = false;
  visit(parse(query), {
    Field({ alias, name }) {
      found ||= alias !== undefined && alias.value !== name.value && names.has(alias.value);
    },
  });
  return found;
}
