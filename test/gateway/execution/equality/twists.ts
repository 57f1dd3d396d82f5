import { candidates, type Field, type ObjectType, type Selection } from './world.ts';
import { at, type WorldBuilder } from './world-builder.ts';
import type { FieldChoice } from './world-choices.ts';

interface Place {
  /** The types that have the field; several for what is added to an interface as an object. */
  readonly on: readonly ObjectType[];
  readonly field: Field;
  readonly owner: string;
  readonly choice: FieldChoice;
  /** The name under which the subgraph knows the types, where that is one interface as an object. */
  readonly as?: string;
}

/** Gives a new field one of federation's directives, where what is there by now allows it. */
export function addTwist(builder: WorldBuilder, place: Place): void {
  const kind = place.choice.twist % 12;
  if (place.as !== undefined) {
    if (kind < 6) require(builder, place);
    return;
  }
  const isEntity = place.on[0]?.kind === 'entity';
  if (kind < 4 && isEntity) require(builder, place);
  else if (kind < 6) provide(builder, place);
  else if (kind < 8) share(builder, place);
  else if (kind === 8) override(builder, place);
  else if (kind === 9 && isEntity) place.field.inaccessible = true;
  else if (kind === 10) place.field.tag = true;
}

/** May be asked for by name only, of others than the subgraph: what can be needed there. */
const canBeExternal = (field: Field, subgraph: string): boolean =>
  !field.owners.has(subgraph) &&
  !field.isKey &&
  !field.name.startsWith('n') && // an interface brings its fields into subgraphs that come later
  field.args.length === 0 &&
  field.overrides === undefined &&
  field.looser === undefined;

function require(builder: WorldBuilder, place: Place): void {
  const { on, field, owner, choice } = place;
  const [first] = on;
  if (first === undefined) return;
  const possible = [...first.fields.values()].filter(
    (other) =>
      other !== field && canBeExternal(other, owner) && on.every(({ fields }) => fields.get(other.name) === other),
  );
  const selection: Record<string, true | Selection> = {};
  for (const other of possible.slice(choice.with % 3, (choice.with % 3) + 1 + (choice.with % 2))) {
    const inner = selectionIn(builder, other.type, owner, choice.with, 2);
    if (inner === undefined) continue;
    selection[other.name] = inner;
    for (const type of on) other.external.add(`${place.as ?? type.name}@${owner}`);
    other.calm = true;
  }
  if (Object.keys(selection).length > 0) field.requires = selection;
}

/** What a subgraph can ask of a type that it does not own: leaves, and leaves of what is within. */
function selectionIn(
  builder: WorldBuilder,
  type: string,
  subgraph: string,
  chosen: number,
  depth: number,
): true | Selection | undefined {
  const { world } = builder;
  if (world.abstracts.has(type)) return undefined;
  const object = world.objects.get(type);
  if (object === undefined) return true;
  if (depth === 0 || !builder.allowed(type, subgraph)) return undefined;
  const isKnown = object.in.has(subgraph) || object.kind === 'value';
  if (!isKnown) builder.declare(type, subgraph);
  const selection: Record<string, true | Selection> = {};
  const fields = [...object.fields.values()].filter(({ args }) => args.length === 0);
  for (const field of [...fields.slice(chosen % fields.length), ...fields]) {
    if (Object.keys(selection).length > chosen % 2) break;
    const isOwn = field.owners.has(subgraph) || object.kind === 'value';
    if (!isOwn && !canBeExternal(field, subgraph)) continue;
    if (field.requires || field.overrides !== undefined || field.inaccessible) continue;
    const inner = selectionIn(builder, field.type, subgraph, chosen, depth - 1);
    if (inner === undefined) continue;
    selection[field.name] = inner;
    field.calm = true;
    if (!isOwn) field.external.add(`${object.name}@${subgraph}`);
  }
  if (Object.keys(selection).length === 0) return undefined;
  builder.declare(type, subgraph);
  return selection;
}

function provide(builder: WorldBuilder, { field, owner, choice }: Place): void {
  const target = builder.world.objects.get(field.type);
  if (target?.kind !== 'entity') return;
  const possible = [...target.fields.values()].filter(
    (other) => canBeExternal(other, owner) && !other.requires && !other.inaccessible,
  );
  if (possible.length === 0) return;
  const other = at(possible, choice.with);
  const inner = selectionIn(builder, other.type, owner, choice.with, 1);
  if (inner === undefined) return;
  other.external.add(`${target.name}@${owner}`);
  other.shareable = true;
  field.provides.set(owner, { on: target.name, selection: { [other.name]: inner } });
}

function otherSubgraph(builder: WorldBuilder, { on, field, owner, choice }: Place): string | undefined {
  const fit = builder.world.subgraphs.filter(
    (name) =>
      name !== owner && on.every((type) => builder.allowed(type.name, name)) && builder.allowed(field.type, name),
  );
  return fit.length > 0 ? at(fit, choice.with) : undefined;
}

function share(builder: WorldBuilder, place: Place): void {
  const { on, field, choice } = place;
  const second = otherSubgraph(builder, place);
  if (second === undefined) return;
  for (const type of on) builder.declare(type.name, second);
  builder.declare(field.type, second);
  field.owners.add(second);
  if (candidates(builder.world, field).length === 0) field.owners.delete(second);
  else if (choice.with % 3 === 0 && field.wrap.endsWith('!')) {
    field.looser = second;
    field.calm = true;
  }
}

function override(builder: WorldBuilder, place: Place): void {
  const from = otherSubgraph(builder, place);
  if (from === undefined) return;
  for (const type of place.on) builder.declare(type.name, from);
  builder.declare(place.field.type, from);
  place.field.overrides = from;
}
