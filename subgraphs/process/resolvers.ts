import { instant } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import { id } from '../../platform/ids.ts';
import { scrub } from '../../platform/mask/scrub.ts';
import { connection, pageSize } from '../../platform/page.ts';
import { reachable } from '../../platform/saga/persistent.ts';
import { amendSubscriptionAct, previewAmendment } from './acts/amend-subscription.ts';
import type { Previewed } from './acts/preview.ts';
import { previewOrder, submitOrderAct } from './acts/submit-order.ts';
import { previewUpdate, updateCustomerAct } from './acts/update-customer.ts';
import { afterSales } from './after-sales-resolvers.ts';
import type { Approval } from './approvals/approval-store.ts';
import { approveProcess, rejectProcess } from './approvals/decide.ts';
import { connected } from './connected/resolvers.ts';
import { ofCustomers } from './customer-resolvers.ts';
import { desk } from './exceptions/resolvers.ts';
import type { Context } from './loaders.ts';
import { maintenance } from './maintenance/resolvers.ts';
import { milestonesOf } from './milestones.ts';
import type { Process, ProcessException, ProcessId } from './model.ts';
import { approveProposal, rejectProposal } from './proposals/decide.ts';
import type { Proposal } from './proposals/proposal-store.ts';
import { renewalPreparationOf } from './renewal-preparation.ts';
import { repairs } from './repair-resolvers.ts';
import { runbookOf } from './runbook.ts';
import type { Rejection, Resolvers } from './schema.generated.ts';
import { terms } from './subscription-terms-resolvers.ts';
import { toldChange, toldSnapshot, toldText, toldValues } from './told.ts';
import { ofUsage } from './usage-resolvers.ts';

const ref = (key: string | null) => (key === null ? null : { id: key });

async function listed(
  context: Context,
  of: string,
  first: number | null | undefined,
  after?: string | null,
  status?: string | null,
) {
  const page = await context.loaders.list.load({
    of,
    first: pageSize(first),
    after: after ?? null,
    status: status ?? null,
  });
  return connection(page, (one: Process) => one.id);
}

async function processById({ loaders }: Context, processId: ProcessId): Promise<Process> {
  const process = await loaders.process.load(processId);
  if (process === null) throw new HubError('NOT_FOUND', `there is no process ${processId}`);
  return process;
}

/** An operator's act on a process that the operator sees, and the process as it stands after it. */
async function operate(context: Context, processId: string, act: () => Promise<void>) {
  await processById(context, id<'Process'>(processId));
  await act();
  return { process: await processById(context, id<'Process'>(processId)) };
}

/** The act that changes an entity of another subgraph right now. */
const pending = (kind: 'opportunity' | 'case' | 'salesOrder') => ({
  __resolveReference: ({ id: key }: { readonly id: string }) => ({ id: key }),
  pendingProcess: ({ id: key }: { readonly id: string }, _args: object, { loaders }: Context) =>
    loaders.pendingOf.load(`${kind}:${key}`),
});

/** What an act would do, or every reason why not. */
const previewed = (answer: Previewed | { readonly no: readonly Rejection[] }) =>
  'no' in answer ? { reasons: answer.no } : answer;

export const resolvers: Resolvers = {
  Query: {
    process: (_root, { id: processId }, { loaders }) => loaders.process.load(id<'Process'>(processId)),
    processes: (_root, { kind, state, first, after }, context) => listed(context, kind ?? '*', first, after, state),
    customerProcesses: (_root, { customerId, state, first, after }, context) =>
      listed(context, `customer:${customerId}`, first, after, state),
    exceptions: async (_root, { causeClass, system, region, customerId, first, after }, { store }) => {
      const filter = {
        causeClass: causeClass ?? null,
        system: system ?? null,
        region: region ?? null,
        customerId: customerId ?? null,
      };
      const page = await reachable(store.exceptions({ ...filter, first: pageSize(first), after: after ?? null }));
      return connection(page, (one: ProcessException) => one.processId);
    },
    approvals: async (_root, { first, after }, { approvals, clock }) => {
      const query = { first: pageSize(first), after: after ?? null, at: instant(clock) };
      return connection(await reachable(approvals.waiting(query)), (one: Approval) => one.processId);
    },
    proposals: async (_root, { state, owner, first, after }, { proposals, clock }) => {
      const query = { state: state ?? null, owner: owner ?? null, first: pageSize(first), after: after ?? null };
      return connection(await reachable(proposals.proposals(query, instant(clock))), (one: Proposal) => one.id);
    },
    ...ofCustomers.Query,
    ...afterSales.Query,
    ...terms.Query,
    ...maintenance.Query,
    ...connected.Query,
    previewSubmitOrder: async (_root, { input }, context) => previewed(await previewOrder(context, input)),
    previewAmendSubscription: async (_root, { input }, context) => previewed(await previewAmendment(context, input)),
    previewUpdateCustomer: async (_root, { input }, context) => {
      const answer = await previewUpdate(context, input);
      return 'no' in answer ? answer.no : answer;
    },
  },

  Mutation: {
    submitOrder: async (_root, { input }, context) => {
      const answer = await submitOrderAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      return {
        process,
        replayed,
        charges: act.charges,
        salesOrder: ref(process.salesOrderId),
        subscription: ref(process.subscriptionId),
      };
    },
    amendSubscription: async (_root, { input }, context) => {
      const answer = await amendSubscriptionAct(context, input);
      if (!answer.accepted) return { reasons: answer.no };
      const { process, replayed, act } = answer;
      return { process, replayed, charges: act.charges, subscription: ref(process.subscriptionId) };
    },
    updateCustomer: async (_root, { input }, context) => {
      const answer = await updateCustomerAct(context, input);
      if (!answer.accepted) return answer.no;
      const { process, replayed, act } = answer;
      const proposals = await context.loaders.proposedIn.load(process.id);
      return { process, replayed, customer: { id: act.customer.id }, writes: act.writes, proposals };
    },
    ...afterSales.Mutation,
    ...ofCustomers.Mutation,
    ...terms.Mutation,
    ...ofUsage.Mutation,
    ...repairs.Mutation,
    retryProcess: (_root, { id: processId }, context) =>
      operate(context, processId, () => context.engine.retry(processId, context.principal.id)),
    giveUpProcess: (_root, { id: processId, reason }, context) =>
      operate(context, processId, () => context.engine.giveUp(processId, reason, context.principal.id)),
    ...desk.Mutation,
    ...maintenance.Mutation,
    approveProcess: (_root, { id: processId }, context) =>
      operate(context, processId, () => approveProcess(context, id<'Process'>(processId))),
    rejectProcess: (_root, { id: processId, reason }, context) =>
      operate(context, processId, () => rejectProcess(context, id<'Process'>(processId), reason)),
    approveProposal: (_root, { id: proposalId }, context) => approveProposal(context, proposalId),
    rejectProposal: (_root, { id: proposalId, reason }, context) => rejectProposal(context, proposalId, reason),
  },

  OpenServiceOrderResult: afterSales.OpenServiceOrderResult,
  IssueReturnResult: afterSales.IssueReturnResult,
  SubmitOrderResult: { __resolveType: (result) => ('process' in result ? 'OrderAccepted' : 'OrderRejected') },
  AmendSubscriptionResult: {
    __resolveType: (result) => ('process' in result ? 'AmendmentAccepted' : 'AmendmentRejected'),
  },
  ChangeBillingEntityResult: terms.ChangeBillingEntityResult,
  RenewSubscriptionResult: terms.RenewSubscriptionResult,
  CancelSubscriptionResult: terms.CancelSubscriptionResult,
  UpdateCustomerResult: {
    __resolveType: (result) => ('process' in result ? 'CustomerUpdateAccepted' : 'CustomerUpdateRefused'),
  },
  ...ofCustomers.types,
  ...ofUsage.types,
  RepairFindingResult: repairs.RepairFindingResult,
  ProposalDecision: { __resolveType: (result) => ('reasons' in result ? 'ProposalStands' : 'ProposalDecided') },
  PreviewResult: { __resolveType: (result) => ('writes' in result ? 'Preview' : 'PreviewRejected') },

  Process: {
    __resolveReference: (reference, { loaders }) => loaders.process.load(id<'Process'>(reference.id)),
    steps: (process, _args, { loaders }) => loaders.stepsOf.load(process.id),
    exception: (process, _args, { loaders }) => loaders.exceptionOf.load(process.id),
    approval: (process, _args, { loaders }) => loaders.approvalOf.load(process.id),
    proposals: (process, _args, { loaders }) => loaders.proposedIn.load(process.id),
    customer: (process) => ref(process.customerId),
    outcome: ({ outcome }, _args, context) => toldSnapshot(outcome, context),
    reason: ({ reason }) => toldText(reason),
    ...maintenance.Process,
  },
  ProcessStep: {
    ...desk.ProcessStep,
    result: ({ result }, _args, context) => toldSnapshot(result, context),
    error: ({ error }) => toldText(error),
  },
  PlannedWrite: toldValues,
  Rejection: toldChange,
  Approval: {
    process: (approval, _args, context) => processById(context, approval.processId),
    reason: ({ reason }) => toldText(reason),
  },
  Proposal: {
    customer: (proposal) => ref(proposal.customerId),
    reason: ({ reason }) => scrub(reason),
    decisionReason: ({ decisionReason }) => toldText(decisionReason),
    process: (proposal, _args, { loaders }) =>
      proposal.decidedRunId === null ? null : loaders.process.load(id<'Process'>(proposal.decidedRunId)),
  },
  ProposedChange: toldValues,
  ProcessHistoryEntry: desk.ProcessHistoryEntry,
  StepEdit: desk.StepEdit,
  ProcessException: {
    ...desk.ProcessException,
    message: ({ message }) => scrub(message),
    process: (exception, _args, context) => processById(context, exception.processId),
    customer: (exception) => ref(exception.customerId),
    runbook: (exception) => runbookOf(exception.causeClass),
  },

  Customer: {
    __resolveReference: ({ id: customerId }) => ({ id: customerId }),
    processes: (customer, { state, first, after }, context) =>
      listed(context, `customer:${customer.id}`, first, after, state),
    milestones: (customer, _args, context) => milestonesOf(context, customer.id),
    ...ofCustomers.Customer,
    pendingProcess: (customer, _args, { loaders }) => loaders.pendingOf.load(`customer:${customer.id}`),
  },
  Opportunity: pending('opportunity'),
  Case: pending('case'),
  SalesOrder: {
    ...pending('salesOrder'),
    process: (order, _args, { loaders }) => loaders.ofSalesOrder.load(order.id),
  },
  CustomerSubscription: {
    __resolveReference: ({ id: subscriptionId }) => ({ id: subscriptionId }),
    processes: (subscription, { first, after }, context) =>
      listed(context, `subscription:${subscription.id}`, first, after),
    pendingProcess: (subscription, _args, { loaders }) => loaders.pendingOf.load(`subscription:${subscription.id}`),
    renewalPreparation: (subscription, _args, context) => renewalPreparationOf(context, subscription.id),
  },
};
