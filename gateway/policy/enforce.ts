import { GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import type { Principal } from '../../platform/principal.ts';
import type { HubContext } from '../context.ts';
import type { Executor, Denied as Withheld } from '../execution/executor.ts';
import type { ArgumentPolicy } from './arguments.ts';
import type { Contracts } from './contracts.ts';
import type { MaskPolicy } from './masks.ts';
import { isActDenied, isActUnnamed } from './mutations.ts';
import { withStatusOfActs } from './refused-acts.ts';
import type { Denied } from './scopes.ts';

export interface EnforceOptions {
  readonly schema: GraphQLSchema;
  /** What the caller's scopes may not touch. */
  readonly deniedTo: (scopes: readonly string[]) => Denied;
  /** Which filters and orders would tell what is kept from the caller. */
  readonly argumentPolicy: ArgumentPolicy;
  /** What is shown masked, by the classes that the caller sees in full. */
  readonly maskedTo: MaskPolicy['maskedTo'];
  /** The canonical fields that each input field changes. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
  /** What introspection tells a caller. */
  readonly contracts: Pick<Contracts, 'schemaFor'>;
}

/** Runs operations for their caller: what is denied is cut before planning, so that it is never fetched. */
export function enforcing(executor: Executor, options: EnforceOptions): Executor['execute'] {
  const { schema, argumentPolicy, writes, contracts } = options;

  const viewOf = createViews(options);

  const judged: Executor['execute'] = async (request) => {
    const { principal } = request.context as HubContext; // the gateway's own server makes every context (server.ts)
    const { document, operation } = request;
    const { denied, isAllShown } = viewOf(principal);
    const { acts } = principal;
    const shown = () => contracts.schemaFor(principal);
    if (operation === undefined || (acts === null && isAllShown)) return executor.execute(request, undefined, shown);
    const isAct = operation.operation === 'mutation';
    if (isAct || argumentPolicy.concerns(document)) {
      const given = request.request.variables ?? {};
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given);
      // Bad values: the executor says which, and runs nothing.
      if (coerced !== undefined) {
        const unallowed =
          isAct &&
          (isActUnnamed(acts, document, operation, coerced, schema) ||
            isActDenied(document, operation, coerced, denied, writes, schema));
        if (unallowed) return { errors: [forbidden()] };
        const refusal = argumentPolicy.refusal(document, operation, coerced, denied);
        if (refusal !== undefined) return { errors: [refusal] };
      }
    }
    return executor.execute(request, denied, shown);
  };
  return (request) =>
    request.operation?.operation === OperationTypeNode.MUTATION
      ? judged(request).then((result) => withStatusOfActs(request.operation, result))
      : judged(request);
}

interface View {
  readonly denied: Denied & Required<Withheld>;
  readonly isAllShown: boolean;
}

/**
 * Masks are part of the view: what was compiled for a caller who sees more never runs for one who sees less. One object for
 * each pair of verdicts, for as long as these are kept.
 */
function createViews({ deniedTo, maskedTo }: EnforceOptions): (principal: Principal) => View {
  const views = new WeakMap<Denied, WeakMap<object, View>>();
  return ({ scopes, unmasked }) => {
    const denied = deniedTo(scopes);
    const masks = maskedTo(unmasked);
    let ofDenied = views.get(denied);
    if (ofDenied === undefined) {
      ofDenied = new WeakMap();
      views.set(denied, ofDenied);
    }
    let found = ofDenied.get(masks);
    if (found === undefined) {
      found = {
        denied: { ...denied, masked: masks.fields, key: `${denied.key}|${masks.key}` },
        isAllShown: denied.fields.size === 0 && denied.types.size === 0 && masks.fields.size === 0,
      };
      ofDenied.set(masks, found);
    }
    return found;
  };
}

const forbidden = () =>
  new GraphQLError('Your key does not allow this act; nothing was run', {
    extensions: { code: 'FORBIDDEN', retryable: false, http: { status: 403 } },
  });
