import { addTwist } from './twists.ts';
import {
  type AbstractType,
  type Argument,
  allMembers,
  candidates,
  type Declaration,
  type Field,
  type Key,
  type ObjectType,
  SCALARS,
  type Weather,
  type World,
} from './world.ts';
import type { AbstractChoice, EntityChoice, FieldChoice, WorldChoices } from './world-choices.ts';

const WRAPS = ['T', 'T', 'T!', '[T]', '[T!]', '[T!]!', '[T]!', 'T', '[[T]]', '[[T!]!]!', 'T!', '[[T!]]'];
const WEATHERS: readonly Weather[] = ['fine', 'nulls', 'storms'];
const ARGUMENTS: readonly Argument[] = [
  { name: 'n', type: 'Int', default: '3' },
  { name: 'text', type: 'String' },
  { name: 'need', type: 'String!' },
  { name: 'list', type: '[Int!]', default: '[1, 2]' },
  { name: 'in', type: 'In' },
  { name: 'both', type: 'Both', default: 'B' },
  { name: 'filter', type: 'Filter' },
  { name: 'filters', type: '[Filter!]' },
  { name: 'any', type: 'Any' },
  { name: 'given', type: 'String!', default: '"d"' },
];

const at = <T>(list: readonly T[], index: number): T => {
  if (list.length === 0) throw new Error('Nothing to choose from');
  return list[index % list.length] as never; // an index below the length
};

/** What the parts of the builder share: the world so far, and how a subgraph comes to know a type. */
export interface Builder {
  readonly world: World;
  /** Whether the subgraph may declare the type: one that knows an interface as an object knows none of its members. */
  allowed(type: string, subgraph: string): boolean;
  /** Declares the type, and all that it cannot do without, in the subgraph. */
  declare(type: string, subgraph: string): void;
  at: typeof at;
}

/** Reads the choices as a graph; most of what it builds composes, the rest is for composition to refuse. */
export function buildWorld(choices: WorldChoices): World {
  const subgraphs = ['a', 'b', 'c', 'd', 'e'].slice(0, choices.subgraphs);
  const objects = new Map<string, ObjectType>();
  const abstracts = new Map<string, AbstractType>();
  const world: World = { seed: choices.seed, weather: at(WEATHERS, choices.weather), subgraphs, objects, abstracts };
  const entityChoice = new Map<string, EntityChoice>();
  const abstractChoice = new Map<string, AbstractChoice>();
  const entityNames = choices.entities.map((_, index) => `E${index}`);

  // The entity interface comes first: it says where its members may not be.
  const { entityInterface } = choices;
  const kMembers = entityInterface === null ? [] : entityNames.slice(0, 1 + (entityInterface.members % 2));
  const kHome = at(subgraphs, entityInterface?.local[0] ?? 0);
  const kObjectIn = subgraphs.filter(
    (name, index) => entityInterface !== null && name !== kHome && (entityInterface.local[index] ?? 0) % 2 === 0,
  );

  const allowed = (type: string, subgraph: string): boolean => {
    if (kMembers.includes(type)) return !kObjectIn.includes(subgraph);
    if (type === 'K0') return subgraph === kHome || kObjectIn.includes(subgraph);
    const abstract = abstracts.get(type);
    if (abstract) return localMembers(abstract, subgraph).length > 0;
    const object = objects.get(type);
    return object?.kind !== 'value' || [...object.fields.values()].every((f) => allowed(f.type, subgraph));
  };

  const newField = (name: string, type: string, wrap: string, owner: string, more: Partial<Field> = {}): Field => ({
    name,
    type,
    wrap,
    args: [],
    owners: new Set([owner]),
    external: new Set(),
    isKey: false,
    provides: new Map(),
    shareable: false,
    calm: false,
    inaccessible: false,
    tag: false,
    ...more,
  });

  function addObject(name: string, kind: ObjectType['kind'], keys: Key[] = []): ObjectType {
    const object: ObjectType = { name, kind, fields: new Map(), keys, in: new Map() };
    objects.set(name, object);
    return object;
  }

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
    const choice = abstractChoice.get(abstract.name);
    const possible = (abstractMembers.get(abstract.name) ?? []).filter((name) => allowed(name, subgraph));
    const everything = choice?.first && abstract.members.size === 0;
    const mask = everything ? 63 : (choice?.local[subgraphs.indexOf(subgraph)] ?? 63);
    const local = possible.filter((_, index) => mask & (1 << index));
    return local.length > 0 ? local : possible.slice(0, 1);
  }

  const abstractMembers = new Map<string, readonly string[]>();
  const interfaceFields = new Map<string, readonly { name: string; type: string; wrap: string }[]>();

  function declareAbstract(abstract: AbstractType, subgraph: string): void {
    if (abstract.kind === 'entity-interface' || abstract.members.has(subgraph)) return;
    const local = localMembers(abstract, subgraph);
    const isFirst = abstract.members.size === 0;
    abstract.members.set(subgraph, local);
    for (const name of local) declare(name, subgraph);
    if (abstract.kind === 'union') return;
    const own = interfaceFields.get(abstract.name) ?? [];
    const identified = abstractChoice.get(abstract.name)?.first ?? false;
    const shown = !identified || isFirst ? own : [];
    abstract.fields.set(subgraph, [...(identified ? ['id'] : []), ...shown.map(({ name }) => name)]);
    for (const name of local) {
      const object = objects.get(name);
      if (object === undefined) continue;
      if (identified) declareKey(object, subgraph, 0);
      object.in.get(subgraph)?.implements.add(abstract.name);
      for (const { name: fieldName, type, wrap } of shown) {
        const field = object.fields.get(fieldName) ?? newField(fieldName, type, wrap, subgraph);
        object.fields.set(fieldName, field);
        for (const owner of object.kind === 'value' ? object.in.keys() : [subgraph]) {
          field.owners.add(owner);
          declare(type, owner);
        }
      }
    }
  }

  const builder: Builder = { world, allowed, declare, at };

  // Entities and their keys.
  for (const [index, choice] of choices.entities.entries()) {
    const name = `E${index}`;
    entityChoice.set(name, choice);
    const keys: Key[] = [{ selection: { id: true } }];
    const entity = addObject(name, 'entity', keys);
    const key = (field: string, type: string) =>
      entity.fields.set(field, {
        ...newField(field, type, 'T!', 'none', { isKey: true, calm: true }),
        owners: new Set(),
      });
    key('id', 'ID');
    for (const kind of new Set(choice.keys.map((drawn) => drawn % 5))) {
      if (kind === 1 || (kind === 4 && index === 0)) {
        if (entity.fields.has('code')) continue;
        key('code', 'Int');
        keys.push({ selection: { code: true } });
      } else if (kind === 2) {
        key('a', 'String');
        key('b', 'Both');
        keys.push({ selection: { a: true, b: true } });
      } else if (kind === 3) {
        const ref = addObject(`R${index}`, 'value');
        ref.fields.set('id', { ...newField('id', 'ID', 'T!', 'none', { isKey: true, calm: true }), owners: new Set() });
        ref.fields.set('note', { ...newField('note', 'String', 'T', 'none'), owners: new Set() });
        key('ref', ref.name);
        keys.push({ selection: { ref: { id: true } } });
      } else if (kind === 4 && !kMembers.includes(`E${index - 1}`)) {
        key('owner', `E${index - 1}`);
        keys.push({ selection: { owner: { id: true } } });
      }
    }
  }

  // Value types: every subgraph that knows one answers all of it.
  for (const [index, { fields }] of choices.values.entries()) {
    const value = addObject(`V${index}`, 'value');
    const known = [...entityNames, ...Array.from({ length: index }, (_, i) => `V${i}`)];
    for (const [n, choice] of fields.entries()) {
      const type = choice.type % 4 === 3 ? at(known, choice.with) : at(SCALARS, choice.with);
      value.fields.set(`v${n}`, { ...newField(`v${n}`, type, at(WRAPS, choice.wrap), 'none'), owners: new Set() });
    }
  }

  const addAbstract = (
    name: string,
    kind: AbstractType['kind'],
    choice: AbstractChoice,
    members: readonly string[],
  ) => {
    abstractChoice.set(name, choice);
    abstractMembers.set(name, members);
    const objectIn = new Set(kind === 'entity-interface' ? kObjectIn : []);
    const abstract: AbstractType = { name, kind, members: new Map(), fields: new Map(), objectIn, added: new Map() };
    abstracts.set(name, abstract);
    return abstract;
  };
  const masked = (names: readonly string[], mask: number) => {
    const chosen = names.filter((_, index) => mask & (1 << index));
    return chosen.length > 1 ? chosen : names.slice(0, 2);
  };
  const valueNames = choices.values.map((_, index) => `V${index}`);
  for (const [index, choice] of choices.interfaces.entries()) {
    const name = `N${index}`;
    addAbstract(
      name,
      'interface',
      choice,
      masked(choice.first ? entityNames : [...entityNames, ...valueNames], choice.members),
    );
    const plain = entityNames.filter((entity) => !kMembers.includes(entity));
    interfaceFields.set(
      name,
      choice.fields.map((field, n) => {
        const type = field.type % 5 === 4 && plain.length > 0 ? at(plain, field.with) : at(SCALARS, field.with);
        return { name: `n${index}_${n}`, type, wrap: at(WRAPS, field.wrap) };
      }),
    );
  }
  for (const [index, choice] of choices.unions.entries()) {
    addAbstract(`U${index}`, 'union', choice, masked([...entityNames, ...valueNames], choice.members));
  }

  // Homes: one subgraph where every key of the entity is known; with a bridge the last key takes a second one.
  for (const [index, choice] of choices.entities.entries()) {
    const entity = objects.get(`E${index}`);
    if (entity === undefined) continue;
    const wanted = at(subgraphs, choice.home);
    const home = allowed(entity.name, wanted) ? wanted : kHome;
    const second = at(subgraphs, choice.home + 1);
    const bridged = choice.bridge && entity.keys.length > 1 && allowed(entity.name, second);
    const last = entity.keys.length - 1;
    for (const n of entity.keys.keys()) if (!bridged || n < last) declareKey(entity, home, n);
    if (bridged) for (const n of [last - 1, last]) declareKey(entity, second, n);
  }

  if (entityInterface !== null) {
    const k = addAbstract('K0', 'entity-interface', entityInterface, kMembers);
    k.members.set(kHome, kMembers);
    const names = entityInterface.fields.map((choice, n) => {
      const type = at(SCALARS, choice.with);
      const field = newField(`k${n}`, type, at(WRAPS, choice.wrap), kHome);
      for (const member of kMembers) objects.get(member)?.fields.set(field.name, field);
      return field.name;
    });
    k.fields.set(kHome, ['id', ...names]);
    for (const member of kMembers) {
      const object = objects.get(member);
      if (object === undefined) continue;
      declareKey(object, kHome, 0);
      object.in.get(kHome)?.implements.add('K0');
    }
    if (kObjectIn.length > 0) {
      for (const subgraph of kObjectIn)
        for (const m of kMembers) objects.get(m)?.fields.get('id')?.owners.add(subgraph);
      for (const [n, choice] of entityInterface.added.entries()) {
        const owner = at(kObjectIn, choice.owner);
        const field = fieldFrom(choice, `o${n}`, owner);
        k.added.set(field.name, field);
        for (const member of kMembers) objects.get(member)?.fields.set(field.name, field);
        addTwist(builder, { on: kMembers.flatMap((m) => objects.get(m) ?? []), field, owner, choice, as: 'K0' });
      }
    }
  }

  /** A field of the drawn type, where its owner can have that; the type is declared there. */
  function fieldFrom(choice: FieldChoice, name: string, owner: string): Field {
    const drawn = choice.type % 20;
    const pool =
      drawn < 8
        ? SCALARS
        : drawn < 14
          ? entityNames
          : drawn < 16
            ? valueNames
            : [...abstracts.values()]
                .filter(
                  ({ kind }) => kind === (['interface', 'union', 'entity-interface', 'interface'] as const)[drawn - 16],
                )
                .map((a) => a.name);
    const fitting = pool.filter((type) => allowed(type, owner));
    const type = fitting.length > 0 ? at(fitting, choice.with) : 'String';
    declare(type, owner);
    const args = [...new Set(choice.args)].map((index) => at(ARGUMENTS, index));
    return newField(name, type, at(WRAPS, choice.wrap), owner, {
      args: args.filter((arg, index) => args.findIndex((other) => other.name === arg.name) === index),
    });
  }

  // Fields of the entities.
  for (const [index, { fields }] of choices.entities.entries()) {
    const entity = objects.get(`E${index}`);
    if (entity === undefined) continue;
    for (const [n, choice] of fields.entries()) {
      const possible = subgraphs.filter((subgraph) => allowed(entity.name, subgraph));
      const owner = at(possible, choice.owner);
      declare(entity.name, owner);
      const field = fieldFrom(choice, `f${n}`, owner);
      entity.fields.set(field.name, field);
      addTwist(builder, { on: [entity], field, owner, choice });
    }
  }

  for (const [rootName, fields] of [
    ['Query', choices.roots],
    ['Mutation', choices.mutations],
  ] as const) {
    if (fields.length === 0) continue;
    const root = addObject(rootName, 'root');
    for (const [n, choice] of fields.entries()) {
      const owner = at(subgraphs, choice.owner);
      declare(rootName, owner);
      const drawn = rootName === 'Query' && choice.type % 20 < 4 ? { ...choice, type: choice.type + 8 } : choice;
      const field = fieldFrom(drawn, `${rootName === 'Query' ? 'q' : 'm'}${n}`, owner);
      root.fields.set(field.name, field);
      if (rootName === 'Query') addTwist(builder, { on: [root], field, owner, choice });
    }
  }

  closeStubs(world, entityChoice);
  dropTheUnreachable(world);
  for (const object of objects.values()) {
    for (const field of object.fields.values()) if (field.owners.size > 1) field.shareable = true;
  }
  return world;
}

/** Some subgraphs that only refer to an entity say so. */
function closeStubs(world: World, choices: ReadonlyMap<string, EntityChoice>): void {
  for (const object of world.objects.values()) {
    const choice = choices.get(object.name);
    if (!choice?.stubs) continue;
    for (const [subgraph, declaration] of object.in) {
      const answers = [...object.fields.values()].some((f) => !f.isKey && f.owners.has(subgraph));
      const isHome = object.keys.every((_, index) => declaration.keys.has(index));
      if (!answers && !isHome && declaration.implements.size === 0) declaration.resolvable = false;
    }
  }
}

/** Abstract types that nobody came to use, and the fields whose type has nothing to be. */
function dropTheUnreachable({
  abstracts,
  objects,
}: {
  abstracts: ReadonlyMap<string, AbstractType>;
  objects: World['objects'];
}): void {
  for (const [name, abstract] of abstracts) {
    if (allMembers(abstract).length === 0) (abstracts as Map<string, AbstractType>).delete(name);
  }
  for (const [name, object] of objects) {
    if (object.in.size === 0) (objects as Map<string, ObjectType>).delete(name);
  }
}

export type { Declaration };
export { candidates };
