import { type ConstDirectiveNode, type DocumentNode, isTypeDefinitionNode, Kind, valueFromASTUntyped } from 'graphql';
import { costDirectives } from './directive-names.ts';

/** How long the lists of a field may be, as `@listSize` says it. */
export interface ListSize {
  /** Entries where no argument says how many; undefined: the schema does not say. */
  readonly assumedSize: number | undefined;
  /** Arguments that say how many, as paths. Example: `first`, `input.page.first`. */
  readonly slicingArguments: readonly string[];
  /** Lists of the returned object that are as long as the arguments say. Empty: the field itself is the list. */
  readonly sizedFields: readonly string[];
  /** Whether a request has to give exactly one of the arguments. */
  readonly oneRequired: boolean;
}

/** What a supergraph says about the cost of its parts; nothing where it says nothing. */
export interface CostRules {
  /** By `Type`, `Type.field`, `Type.field(argument)` and `Input.field`; enums and scalars are types. */
  readonly weights: ReadonlyMap<string, number>;
  /** By `Type.field`. */
  readonly lists: ReadonlyMap<string, ListSize>;
}

/** Reads `@cost` and `@listSize` (specs.apollo.dev/cost, after the IBM cost specification) from a supergraph. */
export function readCostRules(supergraph: DocumentNode): CostRules {
  const names = costDirectives(supergraph);
  const weights = new Map<string, number>();
  const lists = new Map<string, ListSize>();
  const read = (coordinate: string, directives: readonly ConstDirectiveNode[] = []) => {
    for (const directive of directives) {
      if (directive.name.value === names.cost) {
        const weight = Number(argumentsOf(directive).weight); // the IBM specification writes it as text
        if (Number.isFinite(weight)) weights.set(coordinate, Math.max(0, weight));
      } else if (directive.name.value === names.listSize) {
        lists.set(coordinate, listSizeOf(argumentsOf(directive)));
      }
    }
  };
  for (const definition of supergraph.definitions) {
    if (!isTypeDefinitionNode(definition)) continue;
    const type = definition.name.value;
    read(type, definition.directives);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) {
      const coordinate = `${type}.${field.name.value}`;
      read(coordinate, field.directives);
      if (field.kind !== Kind.FIELD_DEFINITION) continue;
      for (const argument of field.arguments ?? []) read(`${coordinate}(${argument.name.value})`, argument.directives);
    }
  }
  return { weights, lists };
}

const argumentsOf = ({ arguments: given = [] }: ConstDirectiveNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

const listSizeOf = (given: Readonly<Record<string, unknown>>): ListSize => ({
  assumedSize: typeof given.assumedSize === 'number' ? given.assumedSize : undefined,
  slicingArguments: textsIn(given.slicingArguments),
  sizedFields: textsIn(given.sizedFields),
  oneRequired: given.requireOneSlicingArgument !== false,
});

const textsIn = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter((entry) => typeof entry === 'string');
