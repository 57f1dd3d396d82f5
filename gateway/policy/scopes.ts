import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type Judged, judge } from '../../platform/policy/judge.ts';
import { type Held, namesIn, type Requirements, readRequirementsOf } from '../../platform/policy/requirements.ts';
import { securityNames } from '../execution/supergraph.ts';

/** By the name of a policy: the scopes of which any one meets it. */
export type Policies = Readonly<Record<string, readonly string[]>>;

/** What of the graph is denied to a caller; `key` is equal for callers to whom the same is denied. */
export interface Denied extends Judged {
  readonly key: string;
}

/** What a supergraph asks of callers by `@requiresScopes` and `@policy`. */
export const readRequirements = (supergraph: DocumentNode): Requirements =>
  readRequirementsOf(supergraph.definitions, securityNames(supergraph));

/** What a caller with these scopes brings; a policy that is not defined is met by nobody. */
export function heldBy(scopes: readonly string[], policies: Policies = {}): Held {
  const held = new Set(scopes);
  const met = Object.entries(policies).flatMap(([name, meeting]) =>
    meeting.some((scope) => held.has(scope)) ? [name] : [],
  );
  return { scopes: held, policies: new Set(met) };
}

/** Policies that a graph asks for and nobody has defined, in order: what they stand on is denied to everybody. */
export const undefinedPolicies = (requirements: Requirements, policies: Policies): readonly string[] =>
  [...namesIn(requirements, 'POLICIES')].filter((name) => !Object.hasOwn(policies, name)).sort();

/** Verdicts kept, one for each set of scopes that makes a difference. */
const KEPT_VERDICTS = 500;

/** Judges scopes against the whole graph at once; the verdict is kept by the scopes that the graph, or a policy, mentions. */
export function createScopePolicy(
  requirements: Requirements,
  schema: GraphQLSchema,
  policies: Policies = {},
): (scopes: readonly string[]) => Denied {
  const mentioned = new Set([...namesIn(requirements, 'SCOPES'), ...Object.values(policies).flat()]);
  const verdicts = new LRUCache<string, Denied>({ max: KEPT_VERDICTS });
  /** The same by all scopes as they are written: what most requests are looked up by. */
  const asWritten = new LRUCache<string, Denied>({ max: KEPT_VERDICTS });

  const judged = (scopes: readonly string[]): Denied => {
    const relevant = [...new Set(scopes)].filter((scope) => mentioned.has(scope)).sort();
    const key = relevant.join(' ');
    const kept = verdicts.get(key);
    if (kept !== undefined) return kept;
    const verdict = { ...judge(heldBy(relevant, policies), requirements, schema), key };
    verdicts.set(key, verdict);
    return verdict;
  };

  return (scopes) => {
    const written = JSON.stringify(scopes); // a scope with a blank in it is not two
    let verdict = asWritten.get(written);
    if (verdict === undefined) {
      verdict = judged(scopes);
      asWritten.set(written, verdict);
    }
    return verdict;
  };
}
