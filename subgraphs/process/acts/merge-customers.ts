import type { Context } from '../loaders.ts';
import {
  type MergeCustomers,
  mergeCustomers,
  type UnmergeCustomers,
  unmergeCustomers,
} from '../sagas/merge-customers.ts';
import type { MergeCustomersInput, Rejection, UnmergeCustomersInput } from '../schema.generated.ts';
import { judgeMerge, judgeUnmerge, type PendingOf } from '../verdicts/merge-customers.ts';
import { type ActRules, acceptAct, type Passed } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const MERGE = { act: 'mergeCustomers', kind: mergeCustomers.name };
const UNMERGE = { act: 'unmergeCustomers', kind: unmergeCustomers.name };

export const mergeCustomersAct = (context: Context, input: MergeCustomersInput) =>
  acceptAct(context, MERGE, input, mergeRules(context, input));

export const previewMerge = (context: Context, input: MergeCustomersInput) =>
  previewAct(context, MERGE, input, mergeRules(context, input));

export const unmergeCustomersAct = (context: Context, input: UnmergeCustomersInput) =>
  acceptAct(context, UNMERGE, input, unmergeRules(context, input));

const mergeRules = (context: Context, input: MergeCustomersInput): ActRules<MergeCustomers, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, MERGE.act, { input });
    const { ports, call } = context;
    const verdict = await judgeMerge(ports, input, pendingIn(context), { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { plan } = verdict;
    const changes = [`customer:${plan.merged.id}` as const];
    return { passed: { ...COSTS_NOTHING, act: plan, customer: plan.customer, changes, writes: plan.writes } };
  },
  lock: { name: LOCK, whileHeld: `${LOCK}:${input.survivorId}`, taken },
});

const unmergeRules = (
  context: Context,
  input: UnmergeCustomersInput,
): ActRules<UnmergeCustomers, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, UNMERGE.act, { input });
    const { ports, call, clock, approvalRules } = context;
    const terms = { pendingOf: pendingIn(context), now: clock.now(), days: approvalRules.unmergeDays };
    const verdict = await judgeUnmerge(ports, input, terms, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { plan } = verdict;
    const changes = [`customer:${plan.mergedId}` as const];
    return { passed: { ...COSTS_NOTHING, act: plan, customer: plan.survivor, changes, writes: [] } };
  },
  lock: { name: LOCK, whileHeld: `${LOCK}:${input.mergedId}`, taken },
});

const COSTS_NOTHING = {
  contractId: null,
  region: null,
  amountAtRisk: null,
  subscriptionId: null,
  charges: null,
} as const satisfies Partial<Passed<unknown>>;

/**
 * One merge at a time in the whole register: two that share a customer would each stand on what the other changes. One that
 * waits for days must not hold up all others: both its customers are pending, and the register says no to what does not fit it.
 */
const LOCK = 'merge-customers';

const taken = (processId: string): readonly Rejection[] => [
  {
    code: 'PROCESS_RUNNING',
    system: 'HUB',
    field: null,
    message: `process ${processId} is merging customers; come again when it has ended`,
  },
];

const pendingIn =
  ({ store }: Context): PendingOf =>
  (ids) =>
    store.pendingOf(ids.map((one) => `customer:${one}` as const));
