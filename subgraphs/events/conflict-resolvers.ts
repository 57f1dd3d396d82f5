import { HubError } from '../../platform/errors.ts';
import { spokenOf } from '../../platform/mask/spoken-of.ts';
import { connection, pageSize } from '../../platform/page.ts';
import { saidReason } from '../../platform/said-reason.ts';
import type { Resolvers } from './schema.generated.ts';

/** The part of `schema/conflicts.graphql`. */
export const ofConflicts = {
  Query: {
    conflicts: async (_root, { state, system, field, customerId, first, after }, { conflicts }) =>
      connection(
        await conflicts.page(
          { state: state ?? null, system: system ?? null, field: field ?? null, customerId: customerId ?? null },
          { first: pageSize(first), after: cursorIn(after) },
        ),
        ({ id }) => id,
      ),
  },
  Mutation: {
    dismissConflict: (_root, { input: { id, reason } }, { conflicts }) => conflicts.dismiss(id, saidReason(reason)),
  },
  Conflict: {
    customer: ({ customerId }) => ({ id: customerId }),
    held: ({ field, held }, _args, { principal }) => spokenOf(field, held, principal.unmasked) ?? '',
    owned: ({ field, owned }, _args, { principal }) => spokenOf(field, owned, principal.unmasked) ?? '',
  },
} satisfies Pick<Resolvers, 'Query' | 'Mutation' | 'Conflict'>;

function cursorIn(after: string | null | undefined): string | null {
  if (after == null || /^\d{1,18}$/.test(after)) return after ?? null;
  throw new HubError('INVALID', 'after must be an endCursor of the same list', { field: 'after' });
}
