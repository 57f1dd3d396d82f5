import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { quoted } from '../projection/leaves.ts';
import type { Failure, Failures } from './failures.ts';
import { rewrite } from './rewrites.ts';
import { fieldOf, isTree, type Tree } from './tree.ts';
import type { IsOfType } from './types.ts';

/** What a fetch requires of the objects that it asks more about. */
export interface Representation {
  /** How objects of this object's type are represented. */
  kindOf(object: Tree): Kind;
}

/** Objects of one type. */
export interface Kind {
  /** Read what tells objects of this kind apart; undefined where it is missing. Objects equal in all have one representation. */
  readonly keys: readonly ((object: Tree) => unknown)[];
  /**
   * The representation as JSON text; undefined where something is missing, so that it cannot be asked for.
   * @param plain no text in the object needs an escape in JSON
   */
  write(object: Tree, plain: boolean): string | undefined;
  /** What failed of that which is sent: a value worked out from it would be wrong. */
  failuresIn(object: Tree, failures: Failures): readonly Failure[];
}

interface Field {
  readonly name: string;
  /** `"name":`, with a comma before it where it is not the first. */
  readonly prefix: string;
  /** Of an object-valued field: what of it is sent. */
  readonly nested: Representation | undefined;
}

type Selections = readonly QueryPlanSelectionNode[];

/** Which fields apply depends on an object's type, so there is one list of fields for each type that turns up. */
export function compileRepresentation(
  required: Selections,
  isOfType: IsOfType,
  rewrites: readonly FetchDataRewrite[] = [],
): Representation {
  return compile([required], isOfType, (fields) =>
    fields.length === 0
      ? NOTHING
      : rewrites.length === 0
        ? kindOf(fields)
        : rewritten(kindOf(fields), rewrites, isOfType),
  );
}

/** Objects of a type of which the fetch tells nothing. */
const NOTHING: Kind = { keys: [], write: () => undefined, failuresIn: () => [] };

function compile(
  sets: readonly Selections[],
  isOfType: IsOfType,
  kindFor: (fields: readonly Field[]) => Kind,
): Representation {
  const byType = new Map<unknown, Kind>();
  return {
    kindOf(object) {
      const typename = object.__typename;
      let kind = byType.get(typename);
      if (kind === undefined) {
        kind = kindFor(fieldsFor(sets, typeof typename === 'string' ? typename : undefined, isOfType));
        if (byType.size < 1_000) byType.set(typename, kind); // names come from subgraphs
      }
      return kind;
    },
  };
}

function kindOf(fields: readonly Field[]): Kind {
  const write: Kind['write'] = (object, plain) => {
    let text = '{';
    for (const { name, prefix, nested } of fields) {
      const value = fieldOf(object, name);
      const part = value === undefined ? undefined : textOf(value, nested, plain);
      if (part === undefined) return undefined;
      text += prefix + part;
    }
    return `${text}}`;
  };
  const failuresIn: Kind['failuresIn'] = (object, failures) =>
    fields.flatMap(({ name, nested }) => [
      ...failures.at(object, name).map(({ failure }) => failure),
      ...(nested === undefined ? [] : failuresBelow(fieldOf(object, name), nested, failures)),
    ]);
  const telling = fields.length === 1 ? fields : fields.filter(({ name }) => name !== '__typename');
  const keys = telling.map(({ name, nested }) => (object: Tree) => {
    const value = fieldOf(object, name);
    return nested === undefined || value === undefined ? value : textOf(value, nested, false);
  });
  return { keys, write, failuresIn };
}

/** Few plans rewrite what they send; those take the way over objects. */
function rewritten(kind: Kind, rewrites: readonly FetchDataRewrite[], isOfType: IsOfType): Kind {
  return {
    ...kind,
    write(object, plain) {
      const text = kind.write(object, plain);
      if (text === undefined) return undefined;
      const value: unknown = JSON.parse(text);
      rewrite(rewrites, value, isOfType);
      return JSON.stringify(value);
    },
  };
}

function failuresBelow(value: unknown, nested: Representation, failures: Failures): readonly Failure[] {
  if (isTree(value)) return nested.kindOf(value).failuresIn(value, failures);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown, index) => [
    ...failures.at(value, String(index)).map(({ failure }) => failure),
    ...failuresBelow(entry, nested, failures),
  ]);
}

function textOf(value: unknown, nested: Representation | undefined, plain: boolean): string | undefined {
  if (value === null) return 'null';
  if (nested === undefined) {
    if (typeof value === 'string') return plain ? `"${value}"` : quoted(value);
    return Number.isFinite(value) ? String(value) : JSON.stringify(value);
  }
  if (!Array.isArray(value)) return isTree(value) ? nested.kindOf(value).write(value, plain) : undefined;
  const parts: string[] = [];
  for (const entry of value) {
    const part = textOf(entry, nested, plain);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

function fieldsFor(sets: readonly Selections[], typename: string | undefined, isOfType: IsOfType): readonly Field[] {
  const found = new Map<string, Selections[]>();
  const collect = (selections: Selections): void => {
    for (const selection of selections) {
      if (selection.kind === 'Field') {
        const name = selection.alias ?? selection.name;
        const nested = found.get(name) ?? [];
        if (selection.selections !== undefined) nested.push(selection.selections);
        found.set(name, nested);
      } else if (
        selection.typeCondition === undefined ||
        (typename !== undefined && isOfType(typename, selection.typeCondition))
      ) {
        collect(selection.selections);
      }
    }
  };
  for (const set of sets) collect(set);
  return [...found].map(([name, nested], index) => ({
    name,
    prefix: `${index === 0 ? '' : ','}${JSON.stringify(name)}:`,
    nested: nested.length === 0 ? undefined : compile(nested, isOfType, kindOf),
  }));
}
