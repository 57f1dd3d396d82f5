import { BREAK, type DocumentNode, visit } from 'graphql';
import type { Concern } from './as-one.ts';
import { refuse } from './limits.ts';

/** The scopes with which a caller may read the schema outside development. */
const MAY_INTROSPECT = ['schema:read', 'operate'];

/**
 * Lets read the schema in development everybody with a key, in production who has a scope for it; each reads his own
 * contract (gateway/policy/contract.ts). `__typename` always works.
 */
export function introspection(options: { development: boolean }): Concern {
  const asks = new WeakMap<DocumentNode, boolean>();
  return {
    didResolveOperation({ document, contextValue }) {
      if (options.development || MAY_INTROSPECT.some((scope) => contextValue.principal.scopes.includes(scope))) return;
      let introspects = asks.get(document);
      if (introspects === undefined) {
        introspects = introspectsIn(document);
        asks.set(document, introspects);
      }
      if (introspects)
        throw refuse('INTROSPECTION_DISABLED', 'Your key does not allow to read the schema', { status: 403 });
    },
  };
}

function introspectsIn(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}
