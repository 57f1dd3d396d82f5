import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { isStorable } from '../../platform/text.ts';

/** What one request may ask at most. Each can be set; the defaults are those of the hardening matrix. */
export interface Limits {
  /** Bytes of the body, also after decompression. */
  readonly bodyBytes: number;
  readonly tokens: number;
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  /** Operations and fragments. */
  readonly definitions: number;
  /** Fields once every fragment is written out where it is used. */
  readonly selections: number;
  readonly variableDepth: number;
  readonly variableKeys: number;
  /** Characters of one id. */
  readonly idLength: number;
  /** Entries of one page. */
  readonly pageSize: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 256 * 1024,
  tokens: 2_000,
  depth: 12,
  aliases: 30,
  rootFields: 15,
  directives: 30,
  definitions: 50,
  selections: 2_000,
  variableDepth: 32,
  variableKeys: 5_000,
  idLength: 512,
  pageSize: 100,
};

/** A refusal of the whole request with its HTTP status. */
export const refuse = (
  code: string,
  message: string,
  { status = 400, field }: { status?: number; field?: string | undefined } = {},
): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code, retryable: false, ...(field === undefined ? {} : { field }), http: { status } },
  });

/** Judges a parsed document before it is validated, in time that grows with its text, not with what it unfolds to. */
export function checkDocument(document: DocumentNode, limits: Limits): GraphQLError | undefined {
  if (document.definitions.length > limits.definitions) return over('definitions', limits.definitions);
  const { aliases, directives } = countedIn(document);
  if (aliases > limits.aliases) return over('aliases', limits.aliases);
  if (directives > limits.directives) return over('directives', limits.directives);

  const sizeOf = createSizing(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { roots, selections, depth } = sizeOf(definition.selectionSet);
    if (roots > limits.rootFields) return over('root fields', limits.rootFields, 'ROOT_FIELDS');
    if (selections > limits.selections) return over('selections', limits.selections);
    if (depth > limits.depth && !introspects(definition)) return over('depth', limits.depth);
  }
  return undefined;
}

const over = (what: string, limit: number, code: string = what.toUpperCase()): GraphQLError =>
  refuse(`MAX_${code}_LIMIT`, `The document is over the limit of ${limit} for ${what}; ask in several requests`);

function countedIn(document: DocumentNode): { aliases: number; directives: number } {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    enter(node) {
      if (node.kind === Kind.FIELD && node.alias !== undefined) aliases += 1;
      if (node.kind === Kind.DIRECTIVE) directives += 1;
    },
  });
  return { aliases, directives };
}

/** The standard introspection query is 15 deep; who may not introspect is refused elsewhere. */
const introspects = (definition: DefinitionNode): boolean =>
  definition.kind === Kind.OPERATION_DEFINITION &&
  definition.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
  );

interface Size {
  readonly roots: number;
  readonly selections: number;
  readonly depth: number;
}

/** Sizes with fragments written out; each fragment is measured once, and one that contains itself counts as nothing. */
function createSizing(document: DocumentNode): (set: SelectionSetNode) => Size {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, Size>();
  const NOTHING: Size = { roots: 0, selections: 0, depth: 0 };

  const ofFragment = (name: string): Size => {
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    known.set(name, NOTHING); // a circle ends here; validation tells about it
    const fragment = fragments.get(name);
    const size = fragment === undefined ? NOTHING : sizeOf(fragment.selectionSet);
    known.set(name, size);
    return size;
  };
  const sizeOf = (set: SelectionSetNode): Size => {
    let roots = 0;
    let selections = 0;
    let depth = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet ? sizeOf(selection.selectionSet) : NOTHING;
        roots += 1;
        selections += 1 + inner.selections;
        depth = Math.max(depth, 1 + inner.depth);
      } else {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT ? sizeOf(selection.selectionSet) : ofFragment(selection.name.value);
        roots += inner.roots;
        selections += inner.selections;
        depth = Math.max(depth, inner.depth);
      }
    }
    return { roots, selections, depth };
  };
  return sizeOf;
}

/**
 * Judges the JSON of the variables; `__proto__` is refused because code that copies by name would set a prototype, and so is
 * a text that not every system can keep.
 */
export function checkVariables(variables: unknown, limits: Limits): GraphQLError | undefined {
  let keys = 0;
  const walk = (value: unknown, depth: number, path: string): GraphQLError | undefined => {
    if (typeof value === 'string' && !isStorable(value)) return unstorable(path);
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > limits.variableDepth) {
      return refuse('VARIABLES_TOO_DEEP', `The variables are nested deeper than ${limits.variableDepth}`);
    }
    for (const [key, entry] of Object.entries(value)) {
      keys += 1;
      if (keys > limits.variableKeys) {
        return refuse('VARIABLES_TOO_LARGE', `The variables hold more than ${limits.variableKeys} values`);
      }
      if (key === '__proto__') return refuse('BAD_REQUEST', 'The variables hold a key that may not be used: __proto__');
      if (!isStorable(key)) return unstorable(path);
      const problem = walk(entry, depth + 1, path === '' ? key : `${path}.${key}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  return walk(variables, 0, '');
}

const unstorable = (path: string): GraphQLError =>
  refuse('BAD_USER_INPUT', `${path || 'A name in the variables'} holds NUL, or half of a surrogate pair`, {
    field: path,
  });
