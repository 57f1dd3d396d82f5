import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { DataClasses } from '../../platform/mask/data-classes.ts';
import type { Owner } from '../../platform/ownership/ownership.ts';
import { type Requirements, unmet } from '../../platform/policy/requirements.ts';
import type { HubContext } from '../context.ts';
import { AnswerText } from '../execution/answer-text.ts';
import { explain, type Known, type Why } from '../policy/explanation.ts';
import type { MaskPolicy } from '../policy/masks.ts';
import { type OriginOf, originsOf } from '../policy/origins.ts';
import { type Denied, heldBy, type Policies } from '../policy/scopes.ts';
import type { Concern } from './as-one.ts';
import { bySystem } from './sources.ts';

export interface ExplainOptions {
  readonly supergraph: DocumentNode;
  readonly schema: GraphQLSchema;
  readonly requirements: Requirements;
  readonly policies: Policies;
  readonly owners: ReadonlyMap<string, Owner>;
  readonly classes: DataClasses;
  readonly deniedTo: (scopes: readonly string[]) => Denied;
  readonly maskedTo: MaskPolicy['maskedTo'];
  /** Explains to everybody; else to who may operate the hub. */
  readonly development: boolean;
}

/**
 * Answers `extensions: { explain: true }` with where each field came from and why one is null, refused or masked
 * (`extensions.explain`). Who may not ask for it is answered as if he had not. Costs nothing where it is not asked for.
 */
export function explaining(options: ExplainOptions): Concern {
  const { supergraph, schema, owners, development } = options;
  let origins: OriginOf | undefined;
  return {
    willSendResponse({ request, response, document, operation, contextValue }) {
      if (request.extensions?.explain !== true) return;
      const { seenAs, principal } = contextValue;
      if (!development && seenAs === undefined && !principal.scopes.includes('operate')) return;
      if (response.body.kind !== 'single' || document === undefined || operation == null) return;
      const { singleResult } = response.body;
      const { data, errors = [] } = singleResult;
      origins ??= originsOf(supergraph);
      const asOf = new Map(bySystem(contextValue.notes).map((note) => [note.system, note.asOf]));
      const known: Known = {
        origin: origins,
        owner: (coordinate) => ownerText(owners.get(coordinate)),
        asOf: (system) => asOf.get(system),
        kept: keptFrom(contextValue, options),
        limitedRows: principal.rows !== null,
      };
      const answer = { data: data instanceof AnswerText ? data.toJSON() : data, errors };
      singleResult.extensions = {
        ...singleResult.extensions,
        explain: explain(document, operation, answer, known, schema),
      };
    },
  };
}

const ownerText = (owner: Owner | undefined): string | undefined =>
  owner === undefined || owner.until === null ? owner?.system : `${owner.system}, from ${owner.until} on ${owner.next}`;

function keptFrom({ principal }: HubContext, options: ExplainOptions): Known['kept'] {
  const { schema, requirements, policies, classes } = options;
  const held = heldBy(principal.scopes, policies);
  const denied = options.deniedTo(principal.scopes).fields;
  const masked = options.maskedTo(principal.unmasked).fields;

  return (type, field): Why | undefined => {
    const coordinate = `${type}.${field}`;
    if (denied.has(coordinate)) {
      for (const at of askedAt(type, field, schema)) {
        const [missing] = unmet(held, requirements.get(at));
        if (missing !== undefined) return { reason: missing.of, needs: missing.anyOf, at };
      }
    }
    return masked.has(coordinate) ? { reason: 'MASK', mask: classes.get(coordinate)?.mask ?? 'HIDE' } : undefined;
  };
}

/** Where something may be asked for that denies a field: itself, its parent, what it returns, and the same by interfaces. */
function askedAt(type: string, field: string, schema: GraphQLSchema): readonly string[] {
  const own = schema.getType(type);
  const related =
    own === undefined || !('getInterfaces' in own)
      ? []
      : 'resolveType' in own
        ? schema.getPossibleTypes(own).map(({ name }) => name)
        : own.getInterfaces().map(({ name }) => name);
  const returned = own !== undefined && 'getFields' in own ? own.getFields()[field] : undefined;
  const names = [type, ...related];
  return [
    ...names.map((name) => `${name}.${field}`),
    ...names,
    ...(returned === undefined ? [] : [String(returned.type).replace(/[[\]!]/g, '')]),
  ];
}
