import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  parse,
  validate,
} from 'graphql';
import type { OperationChoices, SelectionChoice } from './operation-choices.ts';
import { argumentWriter } from './write-arguments.ts';

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** What stands under one response name, and under the names within it: the same name must mean the same everywhere. */
interface Scope {
  readonly means: string;
  readonly within: Map<string, Scope>;
}

const DEEPEST = 5;
/** Names that JavaScript knows as well; an answer must not confuse them. */
const ODD_NAMES = ['constructor', 'toString', 'hasOwnProperty', 'then', 'length', 'valueOf'];

/** Writes a valid operation from the choices. @returns undefined where what came out is not valid after all */
export function writeOperation(schema: GraphQLSchema, choices: OperationChoices): Operation | undefined {
  const mutation = schema.getMutationType();
  const isMutation = mutation != null && choices.kind % 4 === 0;
  const root = isMutation ? mutation : schema.getQueryType();
  if (root == null) return undefined;
  const values = argumentWriter(schema, choices.values);
  const fragments: { name: string; text: string; on: GraphQLCompositeType; scope: Map<string, Scope> }[] = [];
  let selections = 0;

  const conditionText = (choice: number): string => {
    switch (choice % 20) {
      case 0:
        return ' @skip(if: false)';
      case 1:
        return ' @skip(if: true)';
      case 2:
        return ' @include(if: true)';
      case 3:
        return ` @skip(if: ${values.condition()})`;
      case 4:
        return ` @include(if: ${values.condition()})`;
      case 5:
        return ` @skip(if: ${values.condition()}) @include(if: ${values.condition()})`;
      default:
        return '';
    }
  };

  function setOf(
    type: GraphQLCompositeType,
    choice: readonly SelectionChoice[],
    scope: Map<string, Scope>,
    depth: number,
  ): string {
    const texts = choice.map((one) => oneOf(type, one, scope, depth)).filter((text) => text !== '');
    return `{ ${texts.length > 0 ? texts.join(' ') : leafOf(type, choice.length, scope)} }`;
  }

  function leafOf(type: GraphQLCompositeType, pick: number, scope: Map<string, Scope>): string {
    const leaves = fieldsOf(type).filter((f) => !isCompositeType(getNamedType(f.type)) && f.args.length === 0);
    const field = leaves.length > 0 && pick % 3 > 0 ? leaves[pick % leaves.length] : undefined;
    if (field === undefined) return '__typename';
    const claimed = claim(scope, field.name, `${field.name}:${field.type}`);
    return claimed === undefined ? '__typename' : field.name;
  }

  function oneOf(
    type: GraphQLCompositeType,
    choice: SelectionChoice,
    scope: Map<string, Scope>,
    depth: number,
  ): string {
    if (++selections > 40) return '';
    const kind = choice.kind % 20;
    const canGoOn = depth < DEEPEST && choice.children.length > 0;
    if (kind < 13 || !canGoOn) return kind === 12 ? typename(choice, scope) : fieldText(type, choice, scope, depth);
    if (kind < 16) {
      const on = conditionType(type, choice.pick);
      return `... on ${on.name}${conditionText(choice.condition)} ${setOf(on, choice.children, scope, depth + 1)}`;
    }
    if (kind === 16) return `...${conditionText(choice.condition)} ${setOf(type, choice.children, scope, depth + 1)}`;
    return fragmentText(type, choice, scope, depth);
  }

  function typename({ alias }: SelectionChoice, scope: Map<string, Scope>): string {
    if (alias % 3 > 0) return '__typename';
    return claim(scope, `t${alias % 2}`, '__typename') ? `t${alias % 2}: __typename` : '';
  }

  function fieldText(
    type: GraphQLCompositeType,
    choice: SelectionChoice,
    scope: Map<string, Scope>,
    depth: number,
  ): string {
    const all = fieldsOf(type);
    const composite = all.filter((f) => isCompositeType(getNamedType(f.type)));
    const leaves = all.filter((f) => !isCompositeType(getNamedType(f.type)));
    const wantsMore = depth < DEEPEST && choice.children.length > 0;
    const pool = wantsMore && composite.length > 0 ? composite : leaves.length > 0 ? leaves : composite;
    const field = pool[choice.pick % pool.length];
    if (field === undefined || (depth > DEEPEST + 2 && pool === composite)) return '__typename';
    const args = values.argumentsOf(field.args, choice.args);
    const means = `${field.name}${args}:${field.type}`;
    const entry = nameFor(choice, field, means, scope, all);
    if (entry === undefined) return '';
    const head = `${entry.name === field.name ? '' : `${entry.name}: `}${field.name}${args}${conditionText(choice.condition)}`;
    const inner = getNamedType(field.type);
    return isCompositeType(inner) ? `${head} ${setOf(inner, choice.children, entry.scope.within, depth + 1)}` : head;
  }

  function nameFor(
    choice: SelectionChoice,
    field: GraphQLField<unknown, unknown>,
    means: string,
    scope: Map<string, Scope>,
    all: readonly GraphQLField<unknown, unknown>[],
  ): { name: string; scope: Scope } | undefined {
    const drawn = choice.alias % 20;
    const odd = ODD_NAMES[choice.pick % ODD_NAMES.length] ?? field.name;
    const other = all[choice.alias % all.length]?.name ?? field.name;
    const wanted = drawn < 12 ? field.name : drawn < 16 ? `x${choice.pick % 3}` : drawn === 16 ? odd : other;
    for (const name of [wanted, field.name, `${field.name}_${choice.args}`, `y${choice.alias}`]) {
      const claimed = claim(scope, name, means);
      if (claimed) return { name, scope: claimed };
    }
    return undefined;
  }

  /** A fragment that is there already where it fits, else a new one. */
  function fragmentText(
    type: GraphQLCompositeType,
    choice: SelectionChoice,
    scope: Map<string, Scope>,
    depth: number,
  ): string {
    const directive = conditionText(choice.condition);
    const reusable = fragments.filter(({ on }) => overlap(type, on));
    const reused = reusable[choice.pick % Math.max(1, reusable.length)];
    if (reused !== undefined && choice.kind % 2 === 0) {
      return merge(scope, reused.scope) ? `...${reused.name}${directive}` : '';
    }
    const on = conditionType(type, choice.pick);
    const own = new Map<string, Scope>();
    const body = setOf(on, choice.children, own, depth + 1);
    const name = `F${fragments.length}`;
    fragments.push({ name, text: `fragment ${name} on ${on.name} ${body}`, on, scope: own });
    return merge(scope, own) ? `...${name}${directive}` : '';
  }

  const overlap = (a: GraphQLCompositeType, b: GraphQLCompositeType): boolean =>
    possible(a).some((name) => possible(b).includes(name));
  const possible = (type: GraphQLCompositeType): readonly string[] =>
    isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
  const composites = Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLCompositeType => isCompositeType(type) && !type.name.startsWith('__'),
  );
  const conditionType = (type: GraphQLCompositeType, pick: number): GraphQLCompositeType => {
    const fitting = composites.filter((other) => overlap(type, other));
    return fitting[pick % fitting.length] ?? type;
  };

  const scope = new Map<string, Scope>();
  const body = setOf(root, choices.selections, scope, 0).slice(1, -1);
  const about = isMutation ? '' : introspection(choices.introspection, values);
  const head = values.definitions(); // only now: every variable is known
  const operation = `${isMutation ? 'mutation' : 'query'} Main${head} {${body}${about}}`;
  const second = choices.kind % 5 === 1 ? ['query Other { __typename }'] : [];
  const used = fragments.filter(({ name }) => usesFragment(name, operation, fragments));
  const query = [operation, ...used.map(({ text }) => text), ...second].join('\n');
  if (validate(schema, parse(query)).length > 0) return undefined;
  return { query, variables: values.variables(), operationName: second.length > 0 ? 'Main' : undefined };
}

function introspection(choice: number, values: { typeName(): string }): string {
  switch (choice % 12) {
    case 0:
      return ' __schema { queryType { name } mutationType { name } } ';
    case 1:
      return ' meta: __type(name: "Query") { kind name fields { name type { kind name ofType { name } } } } ';
    case 2:
      return ` __type(name: ${values.typeName()}) { __typename name kind } `;
    default:
      return '';
  }
}

const fieldsOf = (type: GraphQLCompositeType): GraphQLField<unknown, unknown>[] =>
  'getFields' in type ? Object.values(type.getFields()) : [];

/** @returns undefined where the name means something else already */
function claim(scope: Map<string, Scope>, name: string, means: string): Scope | undefined {
  const known = scope.get(name);
  if (known === undefined) {
    const claimed = { means, within: new Map() };
    scope.set(name, claimed);
    return claimed;
  }
  return known.means === means ? known : undefined;
}

function merge(into: Map<string, Scope>, from: ReadonlyMap<string, Scope>): boolean {
  let fits = true;
  for (const [name, { means, within }] of from) {
    const claimed = claim(into, name, means);
    fits &&= claimed !== undefined && merge(claimed.within, within);
  }
  return fits;
}

function usesFragment(name: string, text: string, all: readonly { name: string; text: string }[]): boolean {
  const spreads = (body: string, wanted: string) => new RegExp(`\\.\\.\\.${wanted}\\b`).test(body);
  if (spreads(text, name)) return true;
  return all.some((other) => other.name !== name && spreads(other.text, name) && usesFragment(other.name, text, all));
}
