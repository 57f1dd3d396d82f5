/** Operations that the tests of processes share. */
const RUN = `fragment Run on Process {
  id kind state reason correlationId outcome
  steps { name system state attempts error }
  exception { causeClass step system message customer { id } customerName contractId region amountAtRisk { amount currency } runbook }
  customer { id }
}`;
const CHARGES =
  'charges { currency oneTime { amount } monthly { amount } monthlyDifference { amount } proration { amount } tax { amount } }';
const REASONS = 'reasons { code message field system previewedValue currentValue newPlanId }';

export const SUBMIT = `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename
  ... on OrderAccepted { replayed process { ...Run } ${CHARGES} salesOrder { id } subscription { id } }
  ... on OrderRejected { ${REASONS} } } } ${RUN}`;
export const AMEND = `mutation ($input: AmendSubscriptionInput!) { amendSubscription(input: $input) { __typename
  ... on AmendmentAccepted { replayed process { ...Run } ${CHARGES} subscription { id } }
  ... on AmendmentRejected { ${REASONS} } } } ${RUN}`;
export const UPDATE = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename
  ... on CustomerUpdateAccepted { replayed process { ...Run } customer { id } writes { system owner field oldValue newValue } }
  ... on CustomerUpdateRefused { refusals { code field owner since useMutation mayPropose message } ${REASONS} } } } ${RUN}`;
export const ONBOARD = `mutation ($input: OnboardCustomerInput!) { onboardCustomer(input: $input) { __typename
  ... on CustomerOnboarding { replayed process { ...Run } customer { id onboarding { milestone reached owner } }
    writes { system owner field oldValue newValue } }
  ... on CustomerNotOnboarded { ${REASONS} candidates { customer { id } likelihood reason } } } } ${RUN}`;
export const MERGE = `mutation ($input: MergeCustomersInput!) { mergeCustomers(input: $input) { __typename
  ... on CustomersMergeAccepted { replayed process { ...Run } customer { id } writes { system field oldValue newValue } }
  ... on CustomersMergeRejected { ${REASONS} } } } ${RUN}`;
export const UNMERGE = MERGE.replace('MergeCustomersInput', 'UnmergeCustomersInput').replace(
  'mergeCustomers(',
  'unmergeCustomers(',
);
export const PREVIEW_MERGE = `query ($input: MergeCustomersInput!) { previewMergeCustomers(input: $input) { __typename
  ... on Preview { planId writes { system owner field oldValue newValue } } ... on PreviewRejected { ${REASONS} } } }`;
export const RECORD_USAGE = `mutation ($input: RecordUsageInput!) { recordUsage(input: $input) { __typename
  ... on UsageRecorded { replayed accepted duplicates rejected worth { amount currency } process { ...Run }
    events { id state reason message field countedAt countedBy { id } } }
  ... on UsageRefused { ${REASONS} } } } ${RUN}`;
export const RETRY = `mutation ($id: ID!) { retryProcess(id: $id) { process { ...Run } } } ${RUN}`;
export const GIVE_UP = `mutation ($id: ID!, $reason: String!) { giveUpProcess(id: $id, reason: $reason) { process { ...Run } } } ${RUN}`;
export const PROCESS = `query ($id: ID!) { process(id: $id) { ...Run } } ${RUN}`;
export const PREVIEW_ORDER = `query ($input: SubmitOrderInput!) { previewSubmitOrder(input: $input) { __typename
  ... on Preview { planId expiresAt writes { system owner field oldValue newValue } ${CHARGES}
    approval { amount { amount } limit { amount } limitOf } } ... on PreviewRejected { ${REASONS} refusals { field } } } }`;
export const PREVIEW_AMENDMENT = PREVIEW_ORDER.replace('SubmitOrderInput', 'AmendSubscriptionInput').replace(
  'previewSubmitOrder',
  'previewAmendSubscription',
);
export const PREVIEW_UPDATE = PREVIEW_ORDER.replace('SubmitOrderInput', 'UpdateCustomerInput').replace(
  'previewSubmitOrder',
  'previewUpdateCustomer',
);

export interface Run {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
  readonly outcome: Record<string, unknown> | null;
  readonly steps: readonly { name: string; system: string; state: string; attempts: number; error: string | null }[];
  readonly exception: Record<string, unknown> | null;
}

export interface UsageAnswer {
  readonly __typename: string;
  readonly replayed: boolean;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly worth: { amount: string; currency: string } | null;
  readonly process: Run | null;
  readonly events: readonly {
    id: string;
    state: string;
    reason: string | null;
    message: string | null;
    field: string | null;
    countedAt: string | null;
    countedBy: { id: string } | null;
  }[];
  readonly reasons: readonly { code: string; message: string; field: string | null; system: string }[];
}

export interface ActAnswer {
  readonly __typename: string;
  readonly replayed: boolean;
  readonly process: Run;
  readonly reasons: readonly { code: string; message: string; field: string | null; system: string }[];
  readonly refusals: readonly {
    code: string;
    field: string;
    owner: string;
    since: string | null;
    useMutation: string | null;
    message: string;
  }[];
  readonly charges: Record<string, { amount: string } | null>;
  readonly salesOrder: { id: string } | null;
  readonly subscription: { id: string } | null;
  readonly subscriptions: readonly { id: string }[];
  readonly takesEffectOn: string;
  readonly beginsAt: string | null;
  readonly endsOn: string;
  readonly writes: readonly {
    system: string;
    owner: string;
    field: string;
    oldValue: string | null;
    newValue: string | null;
  }[];
}
export const RENEW = `mutation ($input: RenewSubscriptionInput!) { renewSubscription(input: $input) { __typename
  ... on RenewalAccepted { replayed takesEffectOn endsOn beginsAt process { ...Run } ${CHARGES} subscription { id } }
  ... on RenewalRejected { ${REASONS} } } } ${RUN}`;
export const CANCEL = `mutation ($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) { __typename
  ... on CancellationAccepted { replayed endsOn process { ...Run } ${CHARGES} subscription { id } }
  ... on CancellationRejected { ${REASONS} } } } ${RUN}`;
export const CHANGE_ENTITY = `mutation ($input: ChangeBillingEntityInput!) { changeBillingEntity(input: $input) { __typename
  ... on BillingEntityChangeAccepted { replayed process { ...Run } subscriptions { id } }
  ... on BillingEntityChangeRejected { ${REASONS} } } } ${RUN}`;
export const PREVIEW_RENEWAL = PREVIEW_ORDER.replace('SubmitOrderInput', 'RenewSubscriptionInput').replace(
  'previewSubmitOrder',
  'previewRenewSubscription',
);
export const PREVIEW_CANCELLATION = PREVIEW_ORDER.replace('SubmitOrderInput', 'CancelSubscriptionInput').replace(
  'previewSubmitOrder',
  'previewCancelSubscription',
);
