import type { Parked, ParkedCursor } from '../../events/parked/desk.ts';
import { cursorOf } from '../../events/parked/desk.ts';
import type { Decision } from '../../events/parked/parked-store.ts';
import { HubError } from '../../platform/errors.ts';
import { HIDDEN } from '../../platform/mask/mask.ts';
import { scrub } from '../../platform/mask/scrub.ts';
import { snapshotFor } from '../../platform/mask/snapshot.ts';
import { connection, pageSize } from '../../platform/page.ts';
import { saidReason } from '../../platform/said-reason.ts';
import type { Resolvers, RetryParkedInput } from './schema.generated.ts';

const MOST = 100;

/** The part of `schema/parked.graphql`. */
export const ofParked = {
  Query: {
    parkedEvents: async (_root, { filter, first, after }, { parked }) =>
      connection(
        await parked.page(
          {
            state: filter?.state ?? 'PARKED',
            part: filter?.part ?? null,
            system: filter?.system ?? null,
            causeClass: filter?.causeClass ?? null,
            customerId: filter?.customerId ?? null,
          },
          { first: pageSize(first), after: cursorIn(after) },
        ),
        cursorOf,
      ),
  },
  Mutation: {
    retryParked: async (_root, { input }, { parked }) => {
      const { ids, causeClass } = oneOf(input);
      if (ids !== null) {
        const retried = await parked.retry(ids);
        return { ids: retried, left: ids.length - retried.length };
      }
      const wanted = { causeClass, system: input.system ?? null, first: pageSize(input.first) };
      const retried = await parked.retryFor(wanted);
      return { ids: retried.ids, left: retried.all - retried.ids.length };
    },
    dismissParked: async (_root, { input }, { parked }) => {
      const ids = idsIn(input.ids);
      await parked.dismiss(ids, saidReason(input.reason));
      return parked.find(ids);
    },
  },
  ParkedEvent: {
    since: ({ parkedAt }) => parkedAt,
    customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
    reason: ({ reason }) => scrub(reason),
    payload: ({ payload }, _args, { principal }) => snapshotFor(payload, principal.unmasked),
    // The gateway masks it by its class; that it may hold figures as well no class says.
    rawBody: ({ rawBody }: Parked, _args, { principal }) =>
      rawBody !== null && !principal.unmasked.includes('FINANCIAL') ? HIDDEN : rawBody,
    history: ({ id }, _args, { loaders }) => loaders.decisionsOn.load(id),
  },
  ParkedDecision: {
    reason: ({ reason }: Decision) => (reason === null ? null : scrub(reason)),
    parkedFor: ({ parkedFor }: Decision) => (parkedFor === null ? null : scrub(parkedFor)),
  },
  ConnectedSystem: {
    __resolveReference: ({ name }) => ({ name }),
    parkedEvents: ({ name }, _args, { loaders }) => loaders.parkedAt.load(name),
  },
} satisfies Pick<Resolvers, 'Query' | 'Mutation' | 'ParkedEvent' | 'ParkedDecision' | 'ConnectedSystem'>;

type Wanted =
  | { readonly ids: readonly string[]; readonly causeClass: null }
  | { readonly ids: null; readonly causeClass: NonNullable<RetryParkedInput['causeClass']> };

function oneOf({ ids, causeClass, system }: RetryParkedInput): Wanted {
  if (ids != null && causeClass == null) {
    if (system == null) return { ids: idsIn(ids), causeClass: null };
    throw new HubError('INVALID', 'system goes with causeClass; leave it out beside ids', { field: 'system' });
  }
  if (ids == null && causeClass != null) return { ids: null, causeClass };
  throw new HubError('INVALID', 'name either ids or a causeClass', { field: 'ids' });
}

/** Each once. */
function idsIn(ids: readonly string[]): readonly string[] {
  if (ids.length === 0 || ids.length > MOST) {
    throw new HubError('INVALID', `name 1 to ${MOST} ids`, { field: 'ids' });
  }
  const strange = ids.findIndex((id) => !/^(change|effect)-\d{1,18}$/.test(id));
  if (strange === -1) return [...new Set(ids)];
  throw new HubError('INVALID', 'this is not an id of parkedEvents, such as effect-12', { field: `ids.${strange}` });
}

function cursorIn(after: string | null | undefined): ParkedCursor | null {
  if (after == null) return null;
  const [at = '', id = ''] = after.split('~');
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at) && !Number.isNaN(Date.parse(at))) return { at, id };
  throw new HubError('INVALID', 'after must be an endCursor of the same list', { field: 'after' });
}
