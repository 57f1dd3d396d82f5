import {
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  parse,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * Coordinates of all that an operation relies on: fields, arguments, and what it sends in. A variable may hold any value of its
 * type, so that all fields and values of that type count. Values that are only read do not: one that is never sent any more
 * breaks nobody.
 */
export function usesOf(operation: string, schema: GraphQLSchema): ReadonlySet<string> {
  const uses = new Set<string>();
  const info = new TypeInfo(schema);
  const addInput = (type: GraphQLInputType): void => {
    const named = getNamedType(type);
    if (uses.has(named.name)) return;
    uses.add(named.name);
    if (isEnumType(named)) for (const { name } of named.getValues()) uses.add(`${named.name}.${name}`);
    if (!isInputObjectType(named)) return;
    for (const field of Object.values(named.getFields())) {
      uses.add(`${named.name}.${field.name}`);
      addInput(field.type);
    }
  };
  visit(
    parse(operation),
    visitWithTypeInfo(info, {
      Field() {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (!parent || !field) return;
        uses.add(parent.name).add(`${parent.name}.${field.name}`).add(getNamedType(field.type).name);
      },
      InlineFragment: ({ typeCondition }) => void (typeCondition && uses.add(typeCondition.name.value)),
      FragmentDefinition: ({ typeCondition }) => void uses.add(typeCondition.name.value),
      Argument({ name }) {
        const parent = info.getParentType();
        const field = info.getFieldDef();
        if (parent && field) uses.add(`${parent.name}.${field.name}(${name.value}:)`);
      },
      ObjectField({ name }) {
        const parent = info.getParentInputType();
        if (parent) uses.add(getNamedType(parent).name).add(`${getNamedType(parent).name}.${name.value}`);
      },
      EnumValue({ value }) {
        const type = info.getInputType();
        if (type) uses.add(`${getNamedType(type).name}.${value}`);
      },
      VariableDefinition({ type }) {
        const found = typeFromAST(schema, type as Parameters<typeof typeFromAST>[1]); // any type node; graphql-js overloads it by kind
        if (found) addInput(found as GraphQLInputType); // variables are of input types, validation saw to it
      },
    }),
  );
  return uses;
}
