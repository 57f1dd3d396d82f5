import {
  type DefinitionNode,
  defaultFieldResolver,
  GraphQLError,
  type GraphQLSchema,
  isObjectType,
  type TypeExtensionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { judge } from '../policy/judge.ts';
import { namesIn, readRequirementsOf } from '../policy/requirements.ts';
import type { Principal } from '../principal.ts';

/** Gives the root value with which an execution for this caller has to run; undefined where the schema asks for nothing. */
export type SecondCheck = (caller: Principal, inputs: readonly string[]) => object | undefined;

/** Verdicts kept, one for each set of scopes and inputs that makes a difference. */
const KEPT_VERDICTS = 500;
const NOBODY = { scopes: new Set<string>(), policies: new Set<string>() };

const guarded = new WeakMap<GraphQLSchema, SecondCheck>();

/**
 * Judges the scopes that a subgraph's own schema asks for once more, behind the gateway: a field that the caller may not
 * see is FORBIDDEN_FIELD at its path although the gateway asked for it, and its resolver does not run. The gateway cuts such
 * fields itself; this holds where it forgot one.
 *
 * What the graph itself needs is let through: `inputs` are the keys and `@requires` fields by which other subgraphs are
 * asked. The gateway names them with the signed fetch, from the composed graph alone and not from what it is about to ask
 * for, so that its mistake about a request cannot excuse itself. Policies (`@policy`) and what the gateway shows masked are
 * its own to judge: only it knows their configuration.
 *
 * Only the resolvers of fields that somebody may be denied are wrapped: all others cost nothing.
 */
export function secondCheck(schema: GraphQLSchema): SecondCheck {
  const known = guarded.get(schema);
  if (known !== undefined) return known;
  const requirements = readRequirementsOf(definitionsOf(schema), {
    requiresScopes: nameIn(schema, 'requiresScopes'),
    policy: undefined,
  });
  const mentioned = namesIn(requirements, 'SCOPES');
  const deniable = judge(NOBODY, requirements, schema).fields;
  const verdicts = new LRUCache<string, object>({ max: KEPT_VERDICTS });
  const deniedBy = new WeakMap<object, ReadonlySet<string>>();

  /** A value without any field of its own: a root field that has no resolver reads from it. */
  const verdictOf = (denied: ReadonlySet<string>): object => {
    const verdict = Object.freeze(Object.create(null));
    deniedBy.set(verdict, denied);
    return verdict;
  };
  const all = verdictOf(new Set());

  const check: SecondCheck = (caller, inputs) => {
    if (deniable.size === 0) return undefined;
    if (caller.kind === 'HUB') return all;
    const scopes = caller.scopes.filter((scope) => mentioned.has(scope)).sort();
    const key = `${scopes.join(' ')}|${inputs.join(' ')}`;
    let verdict = verdicts.get(key);
    if (verdict === undefined) {
      const held = { scopes: new Set(scopes), policies: new Set<string>() };
      verdict = verdictOf(judge(held, requirements, schema).fields.difference(new Set(inputs)));
      verdicts.set(key, verdict);
    }
    return verdict;
  };
  wrapResolvers(schema, deniable, (root, at) => deniedBy.get(root as object)?.has(at) ?? true);
  guarded.set(schema, check);
  return check;
}

/** Without a verdict nobody has judged the caller: then the field is denied. */
function wrapResolvers(
  schema: GraphQLSchema,
  coordinates: ReadonlySet<string>,
  isDenied: (root: unknown, coordinate: string) => boolean,
): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      if (!coordinates.has(coordinate)) continue;
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context, info) => {
        if (isDenied(info.rootValue, coordinate)) throw forbidden();
        return resolve(source, args, context, info);
      };
    }
  }
}

function definitionsOf(schema: GraphQLSchema): readonly DefinitionNode[] {
  return Object.values(schema.getTypeMap()).flatMap(({ astNode, extensionASTNodes }) => [
    ...(astNode == null ? [] : [astNode]),
    ...(extensionASTNodes as readonly TypeExtensionNode[]),
  ]);
}

/** A directive of federation has its plain name where it is imported, else a prefix. */
const nameIn = (schema: GraphQLSchema, name: string): string =>
  schema.getDirective(name) == null ? `federation__${name}` : name;

const forbidden = (): GraphQLError =>
  new GraphQLError('Your key does not allow this field', { extensions: { code: 'FORBIDDEN_FIELD', retryable: false } });
