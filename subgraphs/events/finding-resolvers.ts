import { ANY, type Finding } from '../../events/reconcile/finding-store.ts';
import type { Kind } from '../../events/reconcile/kinds.ts';
import type { Reconciliation } from '../../events/reconcile/runs.ts';
import { HubError } from '../../platform/errors.ts';
import { spokenOf } from '../../platform/mask/spoken-of.ts';
import { type Money, moneyOf } from '../../platform/money.ts';
import { connection, pageSize } from '../../platform/page.ts';
import type { Context } from './loaders.ts';
import type { Resolvers } from './schema.generated.ts';

const MOST = 100;

const told =
  (value: 'ownerValue' | 'observedValue') =>
  (finding: Finding, _args: unknown, { principal }: Context): string | null =>
    spokenOf(finding.field ?? 'Finding.ownerValue', finding[value], principal.unmasked);

const money = (currency: string, amount: string): Money => moneyOf(amount, currency);

/** What reconciliation found, and its runs, for `resolvers.ts`. */
export const ofFindings = {
  Query: {
    findings: async (_root, { filter, order, first, after }, { findings }) => {
      const wanted = {
        ids: filter?.ids ?? null,
        kinds: filter?.kinds ?? null,
        states: filter?.states ?? (filter?.ids == null ? ['OPEN', 'REPAIRING'] : null),
        system: filter?.system ?? null,
        customerId: filter?.customerId ?? null,
      };
      const page = { first: pageSize(first), after: after ?? null, order: order ?? 'MONEY' } as const;
      return connection(await findings.store.page({ ...ANY, ...wanted }, page), (one: Finding) => one.id);
    },
    reconciliation: async (_root, { id }, { findings }) => (await findings.show([id]))[0] ?? null,
    reconciliations: (_root, { first }, { findings }) => findings.newest(pageSize(first)),
  },
  Mutation: {
    reconcile: async (_root, { input: { scope, since, dryRun } }, { findings }) => {
      const { run, joined } = await findings.request({
        scope: scope ?? 'ALL',
        since: since ?? null,
        dryRun: dryRun ?? false,
      });
      return { reconciliation: run, joined };
    },
    dismissFindings: async (_root, { input: { ids, reason } }, { findings, principal }) => {
      const said = reason.trim();
      if (ids.length > MOST) throw new HubError('INVALID', `at most ${MOST} ids`, { field: 'ids' });
      if (said.length < 1 || said.length > 500) {
        throw new HubError('INVALID', 'reason must have 1 to 500 characters', { field: 'reason' });
      }
      await findings.store.dismiss(ids, principal.id, said);
      return findings.store.find(ids);
    },
  },
  Finding: {
    __resolveReference: async ({ id }, { loaders }) => loaders.finding.load(id),
    customer: ({ customerId }) => ({ id: customerId }),
    atStake: ({ atStake }) => atStake && money(atStake.currency, atStake.amount),
    ownerValue: told('ownerValue'),
    heldValue: told('observedValue'),
  },
  Reconciliation: {
    reading: ({ places }) => places,
    found: ({ totals }: Reconciliation) =>
      totals &&
      Object.entries(totals.found)
        .map(([kind, count]) => ({ kind: kind as Kind, count })) // counted by the kind of each finding
        .sort((a, b) => b.count - a.count),
    closed: ({ totals }) => totals?.closed ?? null,
    postponed: ({ totals }) => totals?.postponed ?? null,
    records: ({ totals }) =>
      totals && Object.entries(totals.systems).map(([system, counted]) => ({ system: system as 'ERP', ...counted })), // named by `totals.ts`
    payments: ({ totals }) =>
      totals?.payments.map(({ month, currency, billing, erp, difference }) => ({
        month,
        billing: money(currency, billing),
        erp: money(currency, erp),
        difference: money(currency, difference),
      })) ?? null,
  },
} satisfies Resolvers;
