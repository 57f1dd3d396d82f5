/** A federated graph as a whole: what there is, and which subgraph answers which part of it. */
export interface World {
  /** Every value of the data follows from it. */
  readonly seed: number;
  readonly weather: Weather;
  readonly subgraphs: readonly string[];
  /** By name; `Query` and `Mutation` are among them. */
  readonly objects: ReadonlyMap<string, ObjectType>;
  readonly abstracts: ReadonlyMap<string, AbstractType>;
}

/** What goes wrong in the data: nothing; nulls wherever they may be; nulls and errors also where they may not be. */
export const WEATHERS = ['fine', 'nulls', 'storms'] as const;
export type Weather = (typeof WEATHERS)[number];

export interface ObjectType {
  readonly name: string;
  readonly kind: 'root' | 'entity' | 'value';
  readonly fields: Map<string, Field>;
  /** Of the whole graph; each subgraph declares some of them. */
  readonly keys: readonly Key[];
  /** How each subgraph that knows the type declares it. */
  readonly in: Map<string, Declaration>;
}

export interface Declaration {
  /** Indexes into the keys of the type. */
  readonly keys: Set<number>;
  /** False for a stub that may be referred to, and is not to be asked. */
  resolvable: boolean;
  readonly implements: Set<string>;
}

export interface Key {
  readonly selection: Selection;
}

/** A field set, as in `@key(fields:)`. `true` is a leaf. */
export interface Selection {
  readonly [field: string]: true | Selection;
}

export interface Field {
  readonly name: string;
  /** Name of the type within the wrapping. */
  readonly type: string;
  /** The type with `T` for its name. Example: `[T!]!`. */
  readonly wrap: string;
  readonly args: readonly Argument[];
  /** Subgraphs that answer it; more than one makes it `@shareable`. */
  readonly owners: Set<string>;
  /** Where it is declared without being answered: type and subgraph, as `E0@a`. */
  readonly external: Set<string>;
  /** Part of a key: its value tells instances apart. */
  readonly isKey: boolean;
  requires?: Selection;
  /** By subgraph. */
  readonly provides: Map<string, { readonly on: string; readonly selection: Selection }>;
  /** Answered by several subgraphs, or provided by one that does not own it. */
  shareable: boolean;
  /** Subgraph that still declares the field, and is not to be asked for it any more. */
  overrides?: string;
  /** Subgraph that declares it without the outermost `!`; the data has no null there. */
  looser?: string;
  /** No error and no broken promise here, because another field is computed from it. */
  calm: boolean;
  inaccessible: boolean;
  tag: boolean;
}

export interface Argument {
  readonly name: string;
  readonly type: string;
  readonly default?: string;
}

export interface AbstractType {
  readonly name: string;
  readonly kind: 'interface' | 'union' | 'entity-interface';
  /** By subgraph: the object types that it may be there. */
  readonly members: Map<string, readonly string[]>;
  /** Interfaces: names of the fields that each subgraph declares on it. */
  readonly fields: Map<string, readonly string[]>;
  /** Entity interfaces: subgraphs that know it as `@interfaceObject`. */
  readonly objectIn: ReadonlySet<string>;
  /** Entity interfaces: what such subgraphs add; the same Field objects stand in each member. */
  readonly added: Map<string, Field>;
}

/** Instances of each entity; few, so that lists repeat them. */
export const INSTANCES = 3;

export const SCALARS = ['String', 'Int', 'Float', 'Boolean', 'ID', 'Any', 'Out', 'Both'] as const;
export const OUT = ['OUT_A', 'OUT_B'];
export const BOTH = ['B', 'A', 'C'];
export const IN = ['X', 'Y'];

/** Object types that a field of this type may bring when all of its owners have to agree. */
export function candidates(world: World, field: Field): readonly string[] {
  const abstract = world.abstracts.get(field.type);
  if (abstract === undefined) return [field.type];
  const sets = [...field.owners].map((owner) => membersIn(abstract, owner));
  const [first = [], ...rest] = sets;
  return first.filter((name) => rest.every((set) => set.includes(name)));
}

export const membersIn = (abstract: AbstractType, subgraph: string): readonly string[] =>
  abstract.objectIn.has(subgraph) ? allMembers(abstract) : (abstract.members.get(subgraph) ?? []);

export const allMembers = ({ members }: AbstractType): readonly string[] => [...new Set([...members.values()].flat())];

export function print(selection: Selection): string {
  return Object.entries(selection)
    .map(([name, inner]) => (inner === true ? name : `${name} { ${print(inner)} }`))
    .join(' ');
}

/** The declared type of the field in a subgraph. */
export const typeText = (field: Field, subgraph?: string): string => {
  const wrap = subgraph !== undefined && field.looser === subgraph ? field.wrap.replace(/!$/, '') : field.wrap;
  return wrap.replace('T', field.type);
};
