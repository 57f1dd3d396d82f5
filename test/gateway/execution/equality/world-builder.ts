import type { AbstractType, Field, Key, ObjectType, World } from './world.ts';
import { WEATHERS } from './world.ts';
import type { AbstractChoice, EntityChoice, WorldChoices } from './world-choices.ts';

/** What the parts of the builder share: the world so far, and how a subgraph comes to know a type. */
export interface WorldBuilder {
  readonly world: World;
  readonly objects: Map<string, ObjectType>;
  readonly abstracts: Map<string, AbstractType>;
  readonly entityNames: readonly string[];
  readonly valueNames: readonly string[];
  /** The one entity interface; it says where its members may not be. */
  readonly k: { readonly members: readonly string[]; readonly home: string; readonly objectIn: readonly string[] };
  /** Whether the subgraph may declare the type: one that knows an interface as an object knows none of its members. */
  allowed(type: string, subgraph: string): boolean;
  /** Declares the type, and all that it cannot do without, in the subgraph. */
  declare(type: string, subgraph: string): void;
  declareKey(object: ObjectType, subgraph: string, key: number): void;
  addObject(name: string, kind: ObjectType['kind'], keys?: Key[]): ObjectType;
  addAbstract(name: string, choice: AbstractChoice, about: AbstractAbout): AbstractType;
}

interface AbstractAbout {
  readonly kind: AbstractType['kind'];
  readonly members: readonly string[];
  /** Of an interface. */
  readonly fields?: readonly { readonly name: string; readonly type: string; readonly wrap: string }[];
}

/** One of the list, whatever the number. */
export const at = <T>(list: readonly T[], index: number): T => {
  if (list.length === 0) throw new Error('Nothing to choose from');
  return list[index % list.length] as never; // an index below the length
};

/** A field that nobody answers yet, or one subgraph does. */
export const newField = (
  name: string,
  type: string,
  wrap: string,
  more: Partial<Field> & { owner?: string } = {},
): Field => {
  const { owner, ...others } = more;
  return {
    name,
    type,
    wrap,
    args: [],
    owners: new Set(owner === undefined ? [] : [owner]),
    external: new Set(),
    isKey: false,
    provides: new Map(),
    shareable: false,
    calm: false,
    inaccessible: false,
    tag: false,
    ...others,
  };
};

export function worldBuilder(choices: WorldChoices): WorldBuilder {
  const subgraphs = ['a', 'b', 'c', 'd', 'e'].slice(0, choices.subgraphs);
  const objects = new Map<string, ObjectType>();
  const abstracts = new Map<string, AbstractType>();
  const world: World = { seed: choices.seed, weather: at(WEATHERS, choices.weather), subgraphs, objects, abstracts };
  const entityNames = choices.entities.map((_, index) => `E${index}`);
  const entityChoice = new Map<string, EntityChoice>(choices.entities.map((choice, index) => [`E${index}`, choice]));
  const abstractChoice = new Map<string, { readonly choice: AbstractChoice; readonly about: AbstractAbout }>();
  const { entityInterface } = choices;
  const home = at(subgraphs, entityInterface?.local[0] ?? 0);
  const k = {
    members: entityInterface === null ? [] : entityNames.slice(0, 1 + (entityInterface.members % 2)),
    home,
    objectIn: subgraphs.filter(
      (name, index) => entityInterface !== null && name !== home && (entityInterface.local[index] ?? 0) % 2 === 0,
    ),
  };

  const allowed = (type: string, subgraph: string): boolean => {
    if (k.members.includes(type)) return !k.objectIn.includes(subgraph);
    if (type === 'K0') return subgraph === k.home || k.objectIn.includes(subgraph);
    const abstract = abstracts.get(type);
    if (abstract) return localMembers(abstract, subgraph).length > 0;
    const object = objects.get(type);
    return object?.kind !== 'value' || [...object.fields.values()].every((f) => allowed(f.type, subgraph));
  };

  function declare(type: string, subgraph: string): void {
    const abstract = abstracts.get(type);
    if (abstract) declareAbstract(abstract, subgraph);
    const object = objects.get(type);
    if (object === undefined || object.in.has(subgraph)) return;
    object.in.set(subgraph, { keys: new Set(), resolvable: true, implements: new Set() });
    if (object.kind === 'value') {
      for (const field of object.fields.values()) {
        field.owners.add(subgraph);
        declare(field.type, subgraph);
      }
    }
    if (object.kind === 'entity') {
      const mask = entityChoice.get(type)?.keysIn[subgraphs.indexOf(subgraph)] ?? 1;
      const chosen = object.keys.flatMap((_, index) => (mask & (1 << index) ? [index] : []));
      for (const index of chosen.length > 0 ? chosen : [mask % object.keys.length]) declareKey(object, subgraph, index);
    }
  }

  function declareKey(object: ObjectType, subgraph: string, index: number): void {
    declare(object.name, subgraph);
    const declaration = object.in.get(subgraph);
    const key = object.keys[index];
    if (declaration === undefined || key === undefined || declaration.keys.has(index)) return;
    declaration.keys.add(index);
    for (const name of Object.keys(key.selection)) {
      const field = object.fields.get(name);
      if (field === undefined) throw new Error(`${object.name} has no ${name}`);
      field.owners.add(subgraph);
      const of = objects.get(field.type);
      declare(field.type, subgraph);
      if (of?.kind === 'entity') declareKey(of, subgraph, 0);
    }
  }

  /** Members that the subgraph has, or would have, on the abstract type. */
  function localMembers(abstract: AbstractType, subgraph: string): readonly string[] {
    const known = abstract.members.get(subgraph);
    if (known) return known;
    const { choice, about } = abstractChoice.get(abstract.name) ?? {};
    const possible = (about?.members ?? []).filter((name) => allowed(name, subgraph));
    const everything = choice?.first && abstract.members.size === 0;
    const mask = everything ? 63 : (choice?.local[subgraphs.indexOf(subgraph)] ?? 63);
    const local = possible.filter((_, index) => mask & (1 << index));
    return local.length > 0 ? local : possible.slice(0, 1);
  }

  /** Where every implementer has an id, only the first subgraph shows the other fields; else each shows all, and shares them. */
  function declareAbstract(abstract: AbstractType, subgraph: string): void {
    if (abstract.kind === 'entity-interface' || abstract.members.has(subgraph)) return;
    const local = localMembers(abstract, subgraph);
    const isFirst = abstract.members.size === 0;
    abstract.members.set(subgraph, local);
    for (const name of local) declare(name, subgraph);
    if (abstract.kind === 'union') return;
    const { choice, about } = abstractChoice.get(abstract.name) ?? {};
    const identified = choice?.first ?? false;
    const own = about?.fields ?? [];
    const shown = !identified || isFirst ? own : [];
    abstract.fields.set(subgraph, [...(identified ? ['id'] : []), ...shown.map(({ name }) => name)]);
    for (const name of local) {
      const object = objects.get(name);
      if (object === undefined) continue;
      if (identified) declareKey(object, subgraph, 0);
      object.in.get(subgraph)?.implements.add(abstract.name);
      for (const { name: fieldName, type, wrap } of shown) {
        const field = object.fields.get(fieldName) ?? newField(fieldName, type, wrap);
        object.fields.set(fieldName, field);
        for (const owner of object.kind === 'value' ? object.in.keys() : [subgraph]) {
          field.owners.add(owner);
          declare(type, owner);
        }
      }
    }
  }

  return {
    world,
    objects,
    abstracts,
    entityNames,
    valueNames: choices.values.map((_, index) => `V${index}`),
    k,
    allowed,
    declare,
    declareKey,
    addObject(name, kind, keys = []) {
      const object: ObjectType = { name, kind, fields: new Map(), keys, in: new Map() };
      objects.set(name, object);
      return object;
    },
    addAbstract(name, choice, about) {
      abstractChoice.set(name, { choice, about });
      const { kind } = about;
      const objectIn = new Set(kind === 'entity-interface' ? k.objectIn : []);
      const abstract: AbstractType = { name, kind, members: new Map(), fields: new Map(), objectIn, added: new Map() };
      abstracts.set(name, abstract);
      return abstract;
    },
  };
}
