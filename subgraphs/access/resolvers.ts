import { HubError } from '../../platform/errors.ts';
import type { NewApiKey } from '../../platform/keys/key-store.ts';
import type { KeyTerms } from '../../platform/keys/key-terms.ts';
import { connection, pageSize } from '../../platform/page.ts';
import type { ActLimits } from '../../platform/principal.ts';
import type { ApiKey } from './model.ts';
import type { CreateKeyInput, KeyActInput, Resolvers, System, UpdateKeyInput } from './schema.generated.ts';

export const resolvers: Resolvers = {
  Query: {
    auditRecords: async (_root, { principal, code, correlationId, from, to, first, after }, { port, call }) => {
      const filter = {
        principalId: principal ?? null,
        code: code ?? null,
        correlationId: correlationId ?? null,
        from: from ?? null,
        to: to ?? null,
      };
      const page = await port.auditRecords({ filter, page: { first: pageSize(first), after: after ?? null } }, call);
      return connection(page, ({ position }) => position);
    },
    key: (_root, { id }, { loaders }) => loaders.keys.load(id),
    keys: async (_root, { first, after }, { port, call }) =>
      connection(await port.keyPage({ first: pageSize(first), after: after ?? null }, call), ({ id }) => id),
  },

  Mutation: {
    createKey: async (_root, { input }, { port, call, principal }) => {
      const { idempotencyKey, env, ...given } = input;
      const terms = { ...termsIn(given), ...(env == null ? {} : { env }) } as NewApiKey; // the store judges each field
      const made = await port.createKey({ principal, terms, once: { idempotencyKey, said: { ...given, env } } }, call);
      return { key: made, secret: made.key, replayed: made.key === null };
    },
    updateKey: async (_root, { input }, { port, call, principal }) => {
      const { id, ifVersion, ...given } = input;
      const change = { principal, id, terms: termsIn(given), version: ifVersion ?? null };
      const { key, changes } = await port.updateKey(change, call);
      return { key, changed: changes.map(({ field }) => field) };
    },
    rotateKey: async (_root, { input }, { port, call, principal }) => {
      const { idempotencyKey, id, overlapSeconds } = input;
      const overlapMs = (overlapSeconds ?? DAY_SECONDS) * 1_000;
      const once = { idempotencyKey, said: { id, overlapMs } };
      const made = await port.rotateKey({ principal, id, overlapMs, once }, call);
      return { key: made, secret: made.key, replayed: made.key === null };
    },
    revokeKey: async (_root, { id }, { port, call, principal }) => ({
      key: await port.revokeKey({ principal, id }, call),
    }),
  },

  ApiKey: {
    __resolveReference: ({ id }, { loaders }) => loaders.keys.load(id),
    actsFor: ({ actsFor }) => systemOf(actsFor),
    acts: ({ acts }) => actsShown(acts),
    operations: ({ operations }) => (operations === 'registered' ? 'REGISTERED' : 'FREE'),
  },

  AuditRecord: {
    principal: ({ principalId }) => principalId,
    actsFor: ({ actsFor }) => systemOf(actsFor),
    processEvents: ({ correlationId }, _args, { loaders }) =>
      correlationId === null ? [] : loaders.processEvents.load(correlationId),
  },

  ProcessEvent: {
    principal: ({ principalId }) => principalId,
  },
};

const DAY_SECONDS = 86_400;

/** Stored from the graph's own enum, or from a configuration that was judged by it. */
const systemOf = (name: string | null): System | null => name as System | null;

const actsShown = (acts: ApiKey['acts']) =>
  acts === null
    ? null
    : Object.entries(acts).map(([act, { upTo, above }]) => ({
        act,
        upTo:
          upTo === undefined
            ? null
            : Object.entries(upTo).map(([currency, amount]) => ({ currency, amount: `${amount}` })),
        above: above === 'approval' ? ('APPROVAL' as const) : ('REFUSE' as const),
      }));

type Given = Omit<CreateKeyInput, 'idempotencyKey' | 'env'> | Omit<UpdateKeyInput, 'id' | 'ifVersion'>;

/** The terms that an input names, in the store's form; what it does not name is not there. */
function termsIn({ acts, rows, operations, budget, unmasked, ...same }: Given): Partial<KeyTerms> {
  const terms: Record<string, unknown> = { ...same };
  if (acts !== undefined) terms.acts = acts === null ? null : actsIn(acts);
  if (rows !== undefined) terms.rows = rows === null ? null : withoutNulls(rows);
  if (operations != null) terms.operations = operations.toLowerCase();
  if (budget !== undefined) terms.budget = withoutNulls(budget ?? {});
  if (unmasked !== undefined) terms.unmasked = unmasked ?? [];
  return terms as Partial<KeyTerms>; // the store judges each field
}

function actsIn(acts: readonly KeyActInput[]): ActLimits {
  const twice = firstTwice(acts.map(({ act }) => act));
  if (twice !== undefined) throw new HubError('INVALID', `acts: ${twice} stands there twice`, { field: 'acts' });
  return Object.fromEntries(
    acts.map(({ act, upTo, above }) => {
      const currency = firstTwice((upTo ?? []).map((limit) => limit.currency));
      const field = `acts.${act}.upTo`;
      if (currency !== undefined) throw new HubError('INVALID', `${field}: ${currency} stands there twice`, { field });
      const limits = Object.fromEntries((upTo ?? []).map((limit) => [limit.currency, limit.amount]));
      return [
        act,
        {
          ...(upTo == null ? {} : { upTo: limits }),
          ...(above == null ? {} : { above: above === 'APPROVAL' ? 'approval' : 'refuse' }),
        },
      ];
    }),
  );
}

const firstTwice = (names: readonly string[]): string | undefined =>
  names.find((name, place) => names.indexOf(name) !== place);

const withoutNulls = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null));
