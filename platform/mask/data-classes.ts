import {
  type ConstDirectiveNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  parse,
} from 'graphql';
import { DATA_CLASSES, type DataClass } from '../principal.ts';
import type { Mask } from './mask.ts';

/** What the schema's `@data` says of a field. */
export interface FieldData {
  readonly class: DataClass;
  /** How it is shown to a caller whose `unmasked` lacks the class; null: in full, and the scopes alone decide. */
  readonly mask: Mask | null;
  /** What the person must have agreed to before anybody reads it; null: nothing. As in the graph's `Purpose`. */
  readonly purpose: string | null;
}

/** By `Type.field`, of each field whose class is said at it or at its type. */
export type DataClasses = ReadonlyMap<string, FieldData>;

type Fielded = ObjectTypeDefinitionNode | ObjectTypeExtensionNode | InterfaceTypeDefinitionNode;

/**
 * Reads `@data` from the SDL of a subgraph or of the supergraph. What is said at a field stands in place of what is said at
 * its type; where two parts of the graph say different things of one field, the stricter counts. A field of an interface is
 * what the strictest of the types behind it says.
 */
export function readDataClasses(sdl: string): DataClasses {
  const types = parse(sdl, { noLocation: true }).definitions.filter(
    (node): node is Fielded =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION ||
      node.kind === Kind.OBJECT_TYPE_EXTENSION ||
      node.kind === Kind.INTERFACE_TYPE_DEFINITION,
  );
  const ofTypes = new Map<string, FieldData | null>();
  for (const { name, directives } of types) {
    ofTypes.set(name.value, stricter([ofTypes.get(name.value) ?? null, ...saidIn(directives)]));
  }
  const found = new Map<string, FieldData>();
  for (const type of types) {
    for (const field of type.fields ?? []) {
      const coordinate = `${type.name.value}.${field.name.value}`;
      const own = saidIn(field.directives);
      const data = own.length > 0 ? stricter([found.get(coordinate) ?? null, ...own]) : ofTypes.get(type.name.value);
      if (data) found.set(coordinate, data);
    }
  }
  for (const face of types.filter(({ kind }) => kind === Kind.INTERFACE_TYPE_DEFINITION)) {
    const behind = types.filter(({ interfaces }) => interfaces?.some(({ name }) => name.value === face.name.value));
    for (const { name } of face.fields ?? []) {
      const names = [face, ...behind].map((type) => `${type.name.value}.${name.value}`);
      const data = stricter(names.map((coordinate) => found.get(coordinate) ?? null));
      if (data !== null) found.set(`${face.name.value}.${name.value}`, data);
    }
  }
  return found;
}

function saidIn(directives: readonly ConstDirectiveNode[] | undefined): FieldData[] {
  return (directives ?? [])
    .filter(({ name }) => name.value === 'data')
    .map((directive) => {
      const said = (name: string): string | null => {
        const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
        return value?.kind === Kind.ENUM ? value.value : null;
      };
      // What is no class of ours is treated as the strictest: another release of the schema knows why.
      const known = DATA_CLASSES.find((one) => one === said('class')) ?? 'SECRET';
      const mask = said('mask');
      return {
        class: known,
        mask: mask === null ? (known === 'SECRET' ? 'HIDE' : null) : isMask(mask) ? mask : 'HIDE',
        purpose: said('purpose'),
      };
    });
}

const isMask = (text: string): text is Mask => text === 'EMAIL' || text === 'LAST4' || text === 'HIDE';

function stricter(said: readonly (FieldData | null)[]): FieldData | null {
  return said.reduce((one, other) => {
    if (one === null || other === null) return one ?? other;
    const higher = DATA_CLASSES.indexOf(other.class) > DATA_CLASSES.indexOf(one.class) ? other : one;
    const masks = [one.mask, other.mask].filter((mask) => mask !== null);
    const mask = masks.length === 2 && masks[0] !== masks[1] ? 'HIDE' : (masks[0] ?? null);
    return { class: higher.class, mask, purpose: one.purpose ?? other.purpose };
  }, null);
}

/** Classes that every caller sees in full. */
const OPEN: ReadonlySet<DataClass> = new Set(['PUBLIC', 'INTERNAL']);

/** Whether a field is shown masked to a caller who sees these classes in full. */
export const isMasked = (
  data: FieldData | undefined,
  unmasked: readonly DataClass[],
): data is FieldData & { mask: Mask } =>
  data !== undefined && data.mask !== null && !OPEN.has(data.class) && !unmasked.includes(data.class);
