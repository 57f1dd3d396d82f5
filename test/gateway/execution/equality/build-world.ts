import { addTwist } from './twists.ts';
import { type AbstractType, type Argument, allMembers, type Field, type Key, SCALARS, type World } from './world.ts';
import { at, newField, type WorldBuilder, worldBuilder } from './world-builder.ts';
import type { EntityChoice, FieldChoice, WorldChoices } from './world-choices.ts';

const WRAPS = ['T', 'T', 'T!', '[T]', '[T!]', '[T!]!', '[T]!', 'T', '[[T]]', '[[T!]!]!', 'T!', '[[T!]]'];
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

/**
 * Reads the choices as a graph; most of what it builds composes, the rest is for composition to refuse.
 *
 * Left out, and to be found in the corpus: arguments of required fields, and required or provided fields of unions and
 * interfaces (the base planner errs there, or composition takes little of it); `@override` under a label, `@context`;
 * keys that are null; errors in what a key or a required field is made of.
 */
export function buildWorld(choices: WorldChoices): World {
  const builder = worldBuilder(choices);
  addEntities(builder, choices);
  addValues(builder, choices);
  addAbstractTypes(builder, choices);
  settleHomes(builder, choices);
  addEntityInterface(builder, choices);
  addEntityFields(builder, choices);
  addRoot(builder, 'Query', choices.roots);
  addRoot(builder, 'Mutation', choices.mutations);
  closeStubs(builder.world, choices.entities);
  dropWhatNobodyUses(builder);
  for (const object of builder.objects.values()) {
    for (const field of object.fields.values()) if (field.owners.size > 1) field.shareable = true;
  }
  return builder.world;
}

function addEntities({ addObject, k }: WorldBuilder, { entities }: WorldChoices): void {
  const isKey = { isKey: true, calm: true };
  for (const [index, choice] of entities.entries()) {
    const keys: Key[] = [{ selection: { id: true } }];
    const entity = addObject(`E${index}`, 'entity', keys);
    const key = (field: string, type: string) => entity.fields.set(field, newField(field, type, 'T!', isKey));
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
        ref.fields.set('id', newField('id', 'ID', 'T!', isKey));
        ref.fields.set('note', newField('note', 'String', 'T'));
        key('ref', ref.name);
        keys.push({ selection: { ref: { id: true } } });
      } else if (kind === 4 && !k.members.includes(`E${index - 1}`)) {
        key('owner', `E${index - 1}`);
        keys.push({ selection: { owner: { id: true } } });
      }
    }
  }
}

/** Types without a key: every subgraph that knows one answers all of it. */
function addValues({ addObject, entityNames }: WorldBuilder, { values }: WorldChoices): void {
  for (const [index, { fields }] of values.entries()) {
    const value = addObject(`V${index}`, 'value');
    const known = [...entityNames, ...Array.from({ length: index }, (_, i) => `V${i}`)];
    for (const [n, choice] of fields.entries()) {
      const type = choice.type % 4 === 3 ? at(known, choice.with) : at(SCALARS, choice.with);
      value.fields.set(`v${n}`, newField(`v${n}`, type, at(WRAPS, choice.wrap)));
    }
  }
}

function addAbstractTypes(builder: WorldBuilder, { interfaces, unions }: WorldChoices): void {
  const { addAbstract, entityNames, valueNames, k } = builder;
  const all = [...entityNames, ...valueNames];
  const plain = entityNames.filter((entity) => !k.members.includes(entity));
  for (const [index, choice] of interfaces.entries()) {
    addAbstract(`N${index}`, choice, {
      kind: 'interface',
      members: masked(choice.first ? entityNames : all, choice.members),
      fields: choice.fields.map((field, n) => ({
        name: `n${index}_${n}`,
        type: field.type % 5 === 4 && plain.length > 0 ? at(plain, field.with) : at(SCALARS, field.with),
        wrap: at(WRAPS, field.wrap),
      })),
    });
  }
  for (const [index, choice] of unions.entries()) {
    addAbstract(`U${index}`, choice, { kind: 'union', members: masked(all, choice.members) });
  }
}

const masked = (names: readonly string[], mask: number): readonly string[] => {
  const chosen = names.filter((_, index) => mask & (1 << index));
  return chosen.length > 1 ? chosen : names.slice(0, 2);
};

/** One subgraph where every key of the entity is known; with a bridge the last key takes a second one. */
function settleHomes({ world, objects, allowed, declareKey, k }: WorldBuilder, { entities }: WorldChoices): void {
  for (const [index, choice] of entities.entries()) {
    const entity = objects.get(`E${index}`);
    if (entity === undefined) continue;
    const wanted = at(world.subgraphs, choice.home);
    const home = allowed(entity.name, wanted) ? wanted : k.home;
    const second = at(world.subgraphs, choice.home + 1);
    const bridged = choice.bridge && entity.keys.length > 1 && allowed(entity.name, second);
    const last = entity.keys.length - 1;
    for (const n of entity.keys.keys()) if (!bridged || n < last) declareKey(entity, home, n);
    if (bridged) for (const n of [last - 1, last]) declareKey(entity, second, n);
  }
}

function addEntityInterface(builder: WorldBuilder, { entityInterface }: WorldChoices): void {
  if (entityInterface === null) return;
  const { addAbstract, declareKey, k } = builder;
  const members = k.members.flatMap((name) => builder.objects.get(name) ?? []);
  const abstract = addAbstract('K0', entityInterface, { kind: 'entity-interface', members: k.members });
  abstract.members.set(k.home, k.members);
  const names = entityInterface.fields.map((choice, n) => {
    const field = newField(`k${n}`, at(SCALARS, choice.with), at(WRAPS, choice.wrap), { owner: k.home });
    for (const member of members) member.fields.set(field.name, field);
    return field.name;
  });
  abstract.fields.set(k.home, ['id', ...names]);
  for (const member of members) {
    declareKey(member, k.home, 0);
    member.in.get(k.home)?.implements.add('K0');
    for (const subgraph of k.objectIn) member.fields.get('id')?.owners.add(subgraph);
  }
  if (k.objectIn.length === 0) return;
  for (const [n, choice] of entityInterface.added.entries()) {
    const owner = at(k.objectIn, choice.owner);
    const field = fieldFrom(builder, choice, `o${n}`, owner);
    abstract.added.set(field.name, field);
    for (const member of members) member.fields.set(field.name, field);
    addTwist(builder, { on: members, field, owner, choice, as: 'K0' });
  }
}

/** A field of the drawn type, where its owner can have that; the type is declared there. */
function fieldFrom(builder: WorldBuilder, choice: FieldChoice, name: string, owner: string): Field {
  const fitting = typesFor(builder, choice.type % 20).filter((type) => builder.allowed(type, owner));
  const type = fitting.length > 0 ? at(fitting, choice.with) : 'String';
  builder.declare(type, owner);
  const args = [...new Set(choice.args)].map((index) => at(ARGUMENTS, index));
  return newField(name, type, at(WRAPS, choice.wrap), {
    owner,
    args: args.filter((arg, index) => args.findIndex((other) => other.name === arg.name) === index),
  });
}

function typesFor({ entityNames, valueNames, abstracts }: WorldBuilder, drawn: number): readonly string[] {
  if (drawn < 8) return SCALARS;
  if (drawn < 14) return entityNames;
  if (drawn < 16) return valueNames;
  const kind = at<AbstractType['kind']>(['interface', 'union', 'entity-interface', 'interface'], drawn - 16);
  return [...abstracts.values()].filter((abstract) => abstract.kind === kind).map(({ name }) => name);
}

function addEntityFields(builder: WorldBuilder, { entities }: WorldChoices): void {
  for (const [index, { fields }] of entities.entries()) {
    const entity = builder.objects.get(`E${index}`);
    if (entity === undefined) continue;
    for (const [n, choice] of fields.entries()) {
      const possible = builder.world.subgraphs.filter((subgraph) => builder.allowed(entity.name, subgraph));
      const owner = at(possible, choice.owner);
      builder.declare(entity.name, owner);
      const field = fieldFrom(builder, choice, `f${n}`, owner);
      entity.fields.set(field.name, field);
      addTwist(builder, { on: [entity], field, owner, choice });
    }
  }
}

function addRoot(builder: WorldBuilder, name: 'Query' | 'Mutation', fields: readonly FieldChoice[]): void {
  if (fields.length === 0) return;
  const isQuery = name === 'Query';
  const root = builder.addObject(name, 'root');
  for (const [n, choice] of fields.entries()) {
    const owner = at(builder.world.subgraphs, choice.owner);
    builder.declare(name, owner);
    const drawn = isQuery && choice.type % 20 < 4 ? { ...choice, type: choice.type + 8 } : choice;
    const field = fieldFrom(builder, drawn, `${isQuery ? 'q' : 'm'}${n}`, owner);
    root.fields.set(field.name, field);
    if (isQuery) addTwist(builder, { on: [root], field, owner, choice });
  }
}

/** Some subgraphs that only refer to an entity say so. */
function closeStubs({ objects }: World, entities: readonly EntityChoice[]): void {
  for (const [index, choice] of entities.entries()) {
    const object = objects.get(`E${index}`);
    if (object === undefined || !choice.stubs) continue;
    for (const [subgraph, declaration] of object.in) {
      const answers = [...object.fields.values()].some((f) => !f.isKey && f.owners.has(subgraph));
      const isHome = object.keys.every((_, key) => declaration.keys.has(key));
      if (!answers && !isHome && declaration.implements.size === 0) declaration.resolvable = false;
    }
  }
}

function dropWhatNobodyUses({ abstracts, objects }: WorldBuilder): void {
  for (const [name, abstract] of abstracts) if (allMembers(abstract).length === 0) abstracts.delete(name);
  for (const [name, object] of objects) if (object.in.size === 0) objects.delete(name);
}
