import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { collectFields } from 'graphql/execution/collectFields.js';
import { getArgumentValues } from 'graphql/execution/values.js';
import type { ActLimits } from '../../platform/principal.ts';
import type { Denied } from './scopes.ts';

/** Whether a mutation has an act that the caller's own list does not name. null: there is no list. */
export function isActUnnamed(
  named: ActLimits | null,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  schema: GraphQLSchema,
): boolean {
  if (named === null) return false;
  const acts = actsOf(document, operation, variables, schema);
  return acts.some(({ name }) => name.value !== '__typename' && !Object.hasOwn(named, name.value));
}

/** The acts of a mutation that would run, in fragments too; none for other operations. */
function actsOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  schema: GraphQLSchema,
): readonly FieldNode[] {
  const root = schema.getMutationType();
  if (operation.operation !== 'mutation' || root == null) return [];
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return [...collectFields(schema, fragments, variables, root, operation.selectionSet).values()].flat();
}

/**
 * Whether any act of a mutation is denied: the act itself, the type of an input, or the canonical field that an input
 * `@writes` (who may not see a field may not set it either). One denied act denies the whole document, so that nothing of
 * it has happened when the refusal is read.
 */
export function isActDenied(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  denied: Denied,
  writes: ReadonlyMap<string, readonly string[]>,
  schema: GraphQLSchema,
): boolean {
  const root = schema.getMutationType();
  if (root == null) return false;
  return actsOf(document, operation, variables, schema).some(
    (act) => denied.fields.has(`${root.name}.${act.name.value}`) || inputDenied(act),
  );

  function inputDenied(act: FieldNode): boolean {
    const definition = root?.getFields()[act.name.value];
    if (definition === undefined) return false;
    const values = getArgumentValues(definition, act, variables);
    return definition.args.some((argument) => touchesDenied(argument.type, values[argument.name]));
  }

  function touchesDenied(type: GraphQLInputType, value: unknown): boolean {
    if (value === undefined) return false;
    if (denied.types.has(getNamedType(type).name)) return true;
    if (value === null) return false;
    if (isNonNullType(type)) return touchesDenied(type.ofType, value);
    if (isListType(type))
      return (Array.isArray(value) ? value : [value]).some((entry) => touchesDenied(type.ofType, entry));
    if (!isInputObjectType(type)) return false;
    return Object.values(type.getFields()).some((field) => {
      const given = (value as Record<string, unknown>)[field.name]; // coerced: an input object is a record
      if (given === undefined) return false;
      const targets = writes.get(`${type.name}.${field.name}`) ?? [];
      return targets.some((target) => denied.fields.has(target)) || touchesDenied(field.type, given);
    });
  }
}
