import {
  type BreakingChange,
  BreakingChangeType,
  findBreakingChanges,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  validate,
} from 'graphql';
import { systemsOf } from '../../gateway/execution/supergraph.ts';
import type { RegisteredOperation } from '../../gateway/operations/registry.ts';
import { AUDIENCES } from './audiences.ts';
import { type Graph, readGraph } from './graph.ts';
import { usesOf } from './operation-uses.ts';
import { changeLines, changesBetweenSchemas, membersOf, type SchemaChanges } from './schema-changes.ts';
import { argumentsOf } from './subgraph-files.ts';

/** What a change of the graph means for those who own it and those who use it. */
export interface Impact {
  readonly changes: SchemaChanges;
  /** Each line of the changes by the system whose matter it is. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** What could break a caller whom nobody here knows. */
  readonly breaking: readonly BreakingChange[];
  /** The audiences that see the graph otherwise than before, with how. */
  readonly contracts: ReadonlyMap<string, readonly string[]>;
  readonly broken: readonly BrokenBy[];
}

/** A registered operation that fitted the graph before, and what of the change breaks it. */
export interface BrokenBy {
  readonly operation: Pick<RegisteredOperation, 'name' | 'id'>;
  readonly reasons: readonly string[];
  /** All that it loses was deprecated, and the day that was named has come: its team was told in time. */
  readonly announced: boolean;
}

export interface ImpactOptions {
  readonly before: string;
  readonly after: string;
  readonly operations: readonly RegisteredOperation[];
  /** Day, `YYYY-MM-DD`, up to which announced removals have come. */
  readonly today: string;
}

/** Compares two supergraphs. @throws Error when one is none */
export function impactOf({ before, after, operations, today }: ImpactOptions): Impact {
  const old = readGraph(before);
  const now = readGraph(after);
  const changes = changesBetweenSchemas(old.schema, now.schema);
  // A scalar of GraphQL's own goes unseen, together with the last field that had it.
  const breaking = findBreakingChanges(old.schema, now.schema).filter(
    ({ description }) => !description.startsWith('Standard scalar '),
  );
  const dueOn = announcedDays(old.schema);
  const isAnnounced = (at: string): boolean => {
    const day = dueOn.get(at) ?? dueOn.get(at.split('(')[0] ?? at);
    return day !== undefined && day <= today;
  };
  return {
    changes,
    owners: byOwner(changes, mattersOf(before, old), mattersOf(after, now)),
    breaking,
    contracts: new Map(
      AUDIENCES.flatMap(({ name, rights }) => {
        const seen = changesBetweenSchemas(old.contracts.schemaFor(rights), now.contracts.schemaFor(rights));
        const lines = changeLines(seen);
        return lines.length === 0 ? [] : [[name, lines] as const];
      }),
    ),
    broken: operations.flatMap((operation) => {
      const found = brokenBy(operation, { old: old.schema, now: now.schema, breaking });
      if (found.reasons.length === 0) return [];
      const { name, id } = operation;
      const announced = found.lost.length > 0 && found.lost.every(isAnnounced);
      return [{ operation: { name, id }, reasons: found.reasons, announced }];
    }),
  };
}

interface Change {
  readonly old: GraphQLSchema;
  readonly now: GraphQLSchema;
  readonly breaking: readonly BreakingChange[];
}

/** Why an operation that fitted does not any more; nothing for one that did not fit before: another check tells of it. */
function brokenBy({ body }: RegisteredOperation, { old, now, breaking }: Change) {
  const document = parse(body);
  if (validate(old, document).length > 0) return { reasons: [], lost: [] };
  const uses = usesOf(body, old);
  const felt = breaking.map((change) => ({ change, at: placeOf(change) })).filter(({ at }) => uses.has(at));
  const errors = validate(now, document);
  if (felt.length === 0) return { reasons: errors.map(({ message }: GraphQLError) => message), lost: [] };
  // A type that is gone is no loss of its own: what led to it is gone or changed as well.
  const losses = felt.filter(({ change }) => change.type !== BreakingChangeType.TYPE_REMOVED);
  return { reasons: felt.map(({ change }) => change.description), lost: losses.map(({ at }) => at) };
}

/** Where graphql-js says that a change is: it tells the place in words only. */
const PLACES: readonly [RegExp, (...names: string[]) => string][] = [
  [/^(\w+\.\w+) arg (\w+) /, (field, argument) => `${field}(${argument}:)`],
  [/^A required arg \w+ on (\w+\.\w+) was added/, (field = '') => field],
  [/^A required field \w+ on input type (\w+) was added/, (type = '') => type],
  [/^(\w+) was removed from enum type (\w+)/, (value, type) => `${type}.${value}`],
  [/^(\w+) was removed from union type \w+/, (member = '') => member],
  [/^(\w+(?:\.\w+)?)/, (at = '') => at],
];

/** The coordinate of a breaking change. */
export function placeOf({ description }: BreakingChange): string {
  for (const [form, place] of PLACES) {
    const [, ...names] = form.exec(description) ?? [];
    if (names.length > 0) return place(...names);
  }
  return '';
}

/** The day in the deprecation of a member from which it may go: the last one that its reason names. */
function announcedDays(schema: GraphQLSchema): ReadonlyMap<string, string> {
  const days = new Map<string, string>();
  for (const { at, deprecation } of membersOf(schema).values()) {
    const day = deprecation?.match(/\b\d{4}-\d{2}-\d{2}\b/g)?.at(-1);
    if (day !== undefined) days.set(at, day);
  }
  return days;
}

/** Whose matter a coordinate is: the field's owner, else the systems whose subgraphs have the field or the type. */
function mattersOf(supergraphSdl: string, { ownership }: Graph): (at: string) => readonly string[] {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const system = systemsOf(supergraph);
  const graphs = new Map<string, string>();
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.ENUM_TYPE_DEFINITION || node.name.value !== 'join__Graph') continue;
    for (const value of node.values ?? []) {
      graphs.set(value.name.value, String(argumentsOf(value.directives, 'join__graph')[0]?.name ?? value.name.value));
    }
  }
  const found = new Map<string, readonly string[]>();
  const note = (at: string, joins: readonly Record<string, unknown>[]) => {
    const systems = joins.flatMap(({ graph, external }) =>
      typeof graph === 'string' && external !== true ? [system(graphs.get(graph) ?? graph)] : [],
    );
    if (systems.length > 0) found.set(at, [...new Set(systems)].sort());
  };
  for (const node of supergraph.definitions) {
    if (!('name' in node) || !node.name || !('directives' in node)) continue;
    note(node.name.value, joinsOf(node.directives, 'join__type'));
    for (const field of 'fields' in node ? (node.fields ?? []) : []) {
      note(`${node.name.value}.${field.name.value}`, joinsOf(field.directives, 'join__field'));
    }
  }
  return (at) => {
    const [field = at] = at.split('(');
    const owner = ownership.owners.get(field);
    if (owner !== undefined) return owner.next === null ? [owner.system] : [owner.system, owner.next];
    return found.get(field) ?? found.get(field.split('.')[0] ?? '') ?? [];
  };
}

/** The arguments of each use of a join directive; those of a supergraph are constants. */
const joinsOf = (directives: unknown, name: string) =>
  argumentsOf(directives as Parameters<typeof argumentsOf>[0], name);

function byOwner(
  changes: SchemaChanges,
  before: (at: string) => readonly string[],
  after: (at: string) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  const all = [
    ...changes.removed.map((member) => ({ at: member.at, whose: before(member.at) })),
    ...changes.added.map((member) => ({ at: member.at, whose: after(member.at) })),
    ...changes.changed.map(({ at }) => ({ at, whose: [...before(at), ...after(at)] })),
  ];
  for (const { at, whose } of all) {
    for (const owner of new Set(whose)) owners.set(owner, [...(owners.get(owner) ?? []), at]);
  }
  return new Map([...owners].sort(([a], [b]) => a.localeCompare(b)));
}
