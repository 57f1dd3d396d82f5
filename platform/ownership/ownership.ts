import {
  type ArgumentNode,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type DirectiveNode,
  type FieldDefinitionNode,
  type InputObjectTypeDefinitionNode,
  type InputObjectTypeExtensionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
} from 'graphql';
import { type Acts, readActs } from './acts.ts';

/** Who owns a field, as `@owner` says: `system`, and from the milestone `until` on, `next` (the directive's `then`: an object with `then` would pass for a promise). */
export interface Owner {
  readonly system: string;
  readonly until: string | null;
  readonly next: string | null;
  /** Whether who does not act for the owner may propose a change to it. */
  readonly proposals: boolean;
  /** Systems that keep a copy, which has to agree with the owner's; the owner itself, at its stage, is not one of them. */
  readonly observers: readonly string[];
}

/** One canonical field that an input changes, and what gives the right to: the CALLER acts for the owner, or the act asks the OWNER's own rules. */
export interface Claim {
  readonly field: string;
  readonly judgedBy: 'CALLER' | 'OWNER';
  /** The act opens or joins whole records: it is no way to change the field. */
  readonly inPassing: boolean;
}

/** What the schema's `@owner` and `@writes` say. Fields are named `Type.field`. */
export interface Ownership {
  /** The one owner of each field; a field without an owner of its own has its type's. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** The canonical fields that an input field changes. Example: `SubmitOrderInput.lines` -> `['SalesOrder.lines']`. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
  /** The same with who judges. */
  readonly claims: ReadonlyMap<string, readonly Claim[]>;
  /** What each mutation may change. */
  readonly acts: Acts;
  /** The systems whose records tell that a milestone was reached; `hub check` holds that it is one. */
  readonly milestones: ReadonlyMap<string, readonly string[]>;
  /** Fields of entities that have no owner. */
  readonly unowned: readonly string[];
  /** Fields with more than one owner, or a handover that is only half said. */
  readonly contested: readonly string[];
  /** Input fields that say neither what they change nor what they search. */
  readonly unwritten: readonly string[];
}

/** The owner at a stage of the lifecycle, and the milestone that made it so; null: it always was. */
export interface OwnerNow {
  readonly system: string;
  readonly since: string | null;
}

const ROOTS: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

/** Reads ownership from the SDL of a subgraph or of the supergraph; one type may be said in several parts. */
export function readOwnership(sdl: string): Ownership {
  const { definitions } = parse(sdl, { noLocation: true });
  const objects = definitions.filter(isObject).filter(({ name }) => !ROOTS.has(name.value));
  const inputs = definitions.filter(isInput);
  const owners = new Map<string, Owner>();
  const contested = new Set<string>();
  const unowned = new Set<string>();

  const ownersOfType = new Map<string, Owner[]>();
  const entities = new Set<string>();
  for (const type of objects) {
    ownersOfType.set(type.name.value, [
      ...(ownersOfType.get(type.name.value) ?? []),
      ...ownersIn(type.directives ?? [], type.name.value, contested),
    ]);
    if (isEntity(type)) entities.add(type.name.value);
  }
  for (const type of objects) {
    for (const field of type.fields ?? []) {
      const name = `${type.name.value}.${field.name.value}`;
      const own = ownersIn(field.directives ?? [], name, contested);
      const [owner, ...more] = own.length > 0 ? own : (ownersOfType.get(type.name.value) ?? []);
      if (owner === undefined) {
        if (entities.has(type.name.value)) unowned.add(name);
      } else {
        if (more.length > 0 || differs(owners.get(name), owner)) contested.add(name);
        owners.set(name, owner);
      }
    }
  }
  for (const name of owners.keys()) unowned.delete(name); // one part of the type named the owner, another only the field

  const claims = new Map<string, readonly Claim[]>();
  const unwritten: string[] = [];
  for (const type of inputs) {
    for (const field of type.fields ?? []) {
      const name = `${type.name.value}.${field.name.value}`;
      const said = (field.directives ?? []).filter(named('writes'));
      if (said.length === 0 && !field.directives?.some(named('reads'))) unwritten.push(name);
      claims.set(
        name,
        said.map(claimOf).filter((claim) => claim.field !== 'NONE'),
      );
    }
  }
  const milestones = new Map(
    definitions
      .filter((node) => node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === 'Milestone')
      .flatMap((node) => ('values' in node ? (node.values ?? []) : []))
      .map(({ name, directives }) => [name.value, (directives ?? []).filter(named('owner')).map(systemIn)]),
  );
  const writes = new Map([...claims].map(([name, targets]) => [name, targets.map(({ field }) => field)]));
  const acts = readActs(definitions, claims);
  return { owners, writes, claims, acts, milestones, unowned: [...unowned], contested: [...contested], unwritten };
}

/** Who owns the field once these milestones were reached. */
export function ownerAt(owner: Pick<Owner, 'system' | 'until' | 'next'>, reached: ReadonlySet<string>): OwnerNow {
  if (owner.until === null || owner.next === null || !reached.has(owner.until)) {
    return { system: owner.system, since: null };
  }
  return { system: owner.next, since: owner.until };
}

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;
type InputNode = InputObjectTypeDefinitionNode | InputObjectTypeExtensionNode;
type AnyDirective = DirectiveNode | ConstDirectiveNode;

const isObject = (node: { kind: string }): node is ObjectNode =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION;
const isInput = (node: { kind: string }): node is InputNode =>
  node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || node.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION;
const named = (name: string) => (node: AnyDirective) => node.name.value === name;

/** A type with a key: `@key` in a subgraph, `@join__type(key:)` in a supergraph. */
const isEntity = (type: ObjectNode): boolean =>
  (type.directives ?? []).some(
    (node) => node.name.value === 'key' || (node.name.value === 'join__type' && text(node, 'key') !== null),
  );

function ownersIn(directives: FieldDefinitionNode['directives'], name: string, contested: Set<string>): Owner[] {
  return (directives ?? []).filter(named('owner')).map((node) => {
    const owner = {
      system: systemIn(node),
      until: text(node, 'until'),
      next: text(node, 'then'),
      proposals: node.arguments?.some(isTrue('proposals')) === true,
      observers: textsIn(node, 'observers'),
    };
    if ((owner.until === null) !== (owner.next === null)) contested.add(name);
    return owner;
  });
}

const systemIn = (node: AnyDirective): string => text(node, 'system') ?? '';

const claimOf = (node: AnyDirective): Claim => ({
  field: text(node, 'field') ?? '',
  judgedBy: text(node, 'judgedBy') === 'OWNER' ? 'OWNER' : 'CALLER', // the schema's default is the stricter one
  inPassing: node.arguments?.some(isTrue('inPassing')) === true,
});

const isTrue =
  (name: string) =>
  (argument: ConstArgumentNode | ArgumentNode): boolean =>
    argument.name.value === name && argument.value.kind === Kind.BOOLEAN && argument.value.value;

function text(node: AnyDirective, argument: string): string | null {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : null;
}

/** A list of names. */
function textsIn(node: AnyDirective, argument: string): readonly string[] {
  const value = node.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.flatMap((one) => (one.kind === Kind.ENUM || one.kind === Kind.STRING ? [one.value] : []));
}

const differs = (before: Owner | undefined, now: Owner): boolean =>
  before !== undefined &&
  (before.system !== now.system ||
    before.until !== now.until ||
    before.next !== now.next ||
    before.proposals !== now.proposals ||
    before.observers.join() !== now.observers.join());
