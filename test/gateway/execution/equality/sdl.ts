import { draw } from './draw.ts';
import { type AbstractType, BOTH, type Field, IN, type ObjectType, OUT, print, typeText, type World } from './world.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@tag", "@interfaceObject"])`;

/** One subgraph of the world, as its owner would write it. */
export function sdlOf(world: World, subgraph: string): string {
  const blocks: string[] = [];
  for (const object of world.objects.values())
    if (object.in.has(subgraph)) blocks.push(objectSdl(world, object, subgraph));
  for (const abstract of world.abstracts.values()) blocks.push(...abstractSdl(world, abstract, subgraph));
  const text = blocks.join('\n\n');
  return [LINK, ...leaves(world, subgraph, text), text].join('\n\n');
}

function objectSdl(world: World, object: ObjectType, subgraph: string): string {
  const declaration = object.in.get(subgraph);
  const keys = [...(declaration?.keys ?? [])].map((index) => {
    const fields = print(object.keys[index]?.selection ?? {});
    return ` @key(fields: "${fields}"${declaration?.resolvable ? '' : ', resolvable: false'})`;
  });
  const interfaces = [...(declaration?.implements ?? [])];
  const head = [
    `type ${object.name}`,
    interfaces.length > 0 ? ` implements ${interfaces.join(' & ')}` : '',
    ...keys,
    object.kind === 'value' ? ' @shareable' : '',
  ].join('');
  const added = new Set([...world.abstracts.values()].flatMap((abstract) => [...abstract.added.values()]));
  const fields = [...object.fields.values()].filter(
    (field) =>
      (!added.has(field) || field.external.has(`${object.name}@${subgraph}`)) &&
      isDeclared(field, object.name, subgraph),
  );
  return `${head} {\n${fields.map((field) => fieldSdl(field, subgraph, object.kind === 'value')).join('\n')}\n}`;
}

const isDeclared = (field: Field, type: string, subgraph: string) =>
  field.owners.has(subgraph) || field.external.has(`${type}@${subgraph}`) || field.overrides === subgraph;

function fieldSdl(field: Field, subgraph: string, isValue = false): string {
  const args = field.args.map(({ name, type, default: value }) => `${name}: ${type}${value ? ` = ${value}` : ''}`);
  const owns = field.owners.has(subgraph);
  const isOld = !owns && field.overrides === subgraph;
  const provides = field.provides.get(subgraph);
  return [
    `  ${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}: ${typeText(field, subgraph)}`,
    !owns && !isOld ? ' @external' : '',
    owns && field.shareable && !isValue ? ' @shareable' : '',
    owns && field.requires ? ` @requires(fields: "${print(field.requires)}")` : '',
    owns && provides ? ` @provides(fields: "${print(provides.selection)}")` : '',
    owns && field.overrides !== undefined ? ` @override(from: "${field.overrides}")` : '',
    owns && field.inaccessible ? ' @inaccessible' : '',
    owns && field.tag ? ' @tag(name: "t")' : '',
  ].join('');
}

function abstractSdl(world: World, abstract: AbstractType, subgraph: string): string[] {
  if (abstract.objectIn.has(subgraph)) {
    const inner = [...abstract.added.values()].filter((field) => isDeclared(field, abstract.name, subgraph));
    const needed = fieldsOf(world, abstract).filter((field) => field.external.has(`${abstract.name}@${subgraph}`));
    const fields = ['  id: ID!', ...[...inner, ...needed].map((field) => fieldSdl(field, subgraph))];
    return [`type ${abstract.name} @interfaceObject @key(fields: "id") {\n${[...new Set(fields)].join('\n')}\n}`];
  }
  const members = abstract.members.get(subgraph);
  if (members === undefined) return [];
  if (abstract.kind === 'union') return [`union ${abstract.name} = ${members.join(' | ')}`];
  const [first = ''] = members;
  const fields = (abstract.fields.get(subgraph) ?? []).map((name) => {
    const field = world.objects.get(first)?.fields.get(name);
    return `  ${name}: ${field ? typeText(field) : 'ID!'}`;
  });
  const key = abstract.kind === 'entity-interface' ? ' @key(fields: "id")' : '';
  return [`interface ${abstract.name}${key} {\n${fields.join('\n')}\n}`];
}

/** Fields that the entity interface itself has where it is at home. */
function fieldsOf(world: World, abstract: AbstractType): Field[] {
  const [member = ''] = [...abstract.members.values()].flat();
  const names = new Set([...abstract.fields.values()].flat());
  return [...(world.objects.get(member)?.fields.values() ?? [])].filter(({ name, isKey }) => names.has(name) && !isKey);
}

/** Scalars, enums and inputs that the text names; what subgraphs may differ in, they do. */
function leaves(world: World, subgraph: string, text: string): string[] {
  const { happens } = draw('leaves', world.seed, subgraph);
  const own = [happens(0.3), happens(0.3), happens(0.3)];
  const names = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
  const hasFilter = names('Filter');
  return [
    names('Any') || hasFilter ? 'scalar Any' : '',
    names('Out') ? `enum Out { ${[...OUT, ...(own[0] ? [`OUT_${subgraph.toUpperCase()}2`] : [])].join(' ')} }` : '',
    names('Both') || hasFilter ? `enum Both { ${BOTH.join(' ')} }` : '',
    names('In') || hasFilter
      ? `enum In { ${[...IN, ...(own[1] ? [`IN_${subgraph.toUpperCase()}`] : [])].join(' ')} }`
      : '',
    hasFilter
      ? `input Filter { n: Int = 3, text: String, need: ID!, in: In, both: [Both!] = [A], any: Any, inner: Filter${own[2] ? `, only_${subgraph}: Int` : ''} }`
      : '',
  ].filter((block) => block !== '');
}
