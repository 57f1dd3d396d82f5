import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { isIdText, isStorable } from '../platform/text.ts';
import { type Limits, refuse } from './plugins/limits.ts';

/** Judges the texts that a valid document holds itself: none that cannot be kept, no id that cannot be one. */
export function checkLiterals(document: DocumentNode, schema: GraphQLSchema, limits: Limits): GraphQLError | undefined {
  const types = new TypeInfo(schema);
  let wrong: GraphQLError | undefined;
  visit(
    document,
    visitWithTypeInfo(types, {
      StringValue({ value }) {
        const type = types.getInputType();
        const where = types.getArgument()?.name;
        wrong ??= wrongText(value, type != null && getNamedType(type).name === 'ID', where, limits);
      },
    }),
  );
  return wrong;
}

/** Judges the ids in variables; their texts were judged as they came (plugins/limits.ts). */
export function createIdCheck(schema: GraphQLSchema, limits: Limits) {
  const kept = new WeakMap<OperationDefinitionNode, readonly { name: string; type: GraphQLInputType }[]>();
  const holders = new Map<string, boolean>();

  const mayHold = (type: GraphQLInputType): boolean => {
    const named = getNamedType(type);
    if (named.name === 'ID') return true;
    if (!isInputObjectType(named)) return false;
    const known = holders.get(named.name);
    if (known !== undefined) return known;
    holders.set(named.name, false); // a circle ends here
    const holds = Object.values(named.getFields()).some((field) => mayHold(field.type));
    holders.set(named.name, holds);
    return holds;
  };

  const wrongIn = (type: GraphQLInputType, value: unknown, path: string): GraphQLError | undefined => {
    if (value === null || value === undefined || !mayHold(type)) return undefined;
    const plain = getNullableType(type);
    if (isListType(plain)) {
      if (!Array.isArray(value)) return wrongIn(plain.ofType, value, path);
      return firstOf(value.entries(), ([index, entry]) => wrongIn(plain.ofType, entry, `${path}.${index}`));
    }
    if (!isInputObjectType(plain)) return typeof value === 'string' ? wrongText(value, true, path, limits) : undefined;
    const given = value as Readonly<Record<string, unknown>>; // what is no object is refused when it is coerced
    return firstOf(Object.values(plain.getFields()), (field) =>
      wrongIn(field.type, given[field.name], `${path}.${field.name}`),
    );
  };

  return (operation: OperationDefinitionNode, given: Readonly<Record<string, unknown>>): GraphQLError | undefined => {
    let variables = kept.get(operation);
    if (variables === undefined) {
      variables = (operation.variableDefinitions ?? []).flatMap((definition) => {
        const type = typeFromAST(schema, definition.type);
        return type !== undefined && isInputType(type) && mayHold(type)
          ? [{ name: definition.variable.name.value, type }]
          : [];
      });
      kept.set(operation, variables);
    }
    return firstOf(variables, ({ name, type }) => wrongIn(type, given[name], name));
  };
}

function wrongText(
  text: string,
  isId: boolean,
  where: string | undefined,
  { idLength }: Limits,
): GraphQLError | undefined {
  if (isId) {
    if (isIdText(text, idLength)) return undefined;
    return refuse(
      'BAD_USER_INPUT',
      `${where ?? 'An id'} must have at most ${idLength} characters, none of them a control character`,
      { field: where },
    );
  }
  if (isStorable(text)) return undefined;
  return refuse('BAD_USER_INPUT', `${where ?? 'A text'} holds NUL, or half of a surrogate pair`, { field: where });
}

function firstOf<Entry>(entries: Iterable<Entry>, judge: (entry: Entry) => GraphQLError | undefined) {
  for (const entry of entries) {
    const wrong = judge(entry);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
