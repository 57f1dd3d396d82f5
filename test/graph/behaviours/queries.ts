/** Operations that the graph tests share; shaped as an app would write them. */

export const CUSTOMER_360 = /* GraphQL */ `
  query Customer360($id: ID!) {
    customer(id: $id) {
      ...Everything
    }
  }
  fragment Everything on Customer {
    id
    displayName
    parent {
      id
    }
    legalName
    billingAddress {
      city
      country
    }
    paymentTerms
    legalEntity {
      id
      name
    }
    credit {
      status
      exposure {
        amount
        currency
      }
    }
    receivables {
      balance {
        amount
      }
      overdue {
        amount
      }
    }
    salesOrders(first: 5) {
      nodes {
        id
        number
        status
        total {
          amount
          currency
        }
        lines {
          sku
          quantity
          product {
            name
          }
        }
      }
    }
    invoices(first: 5) {
      nodes {
        number
        status
        balance {
          amount
        }
      }
    }
    subscriptions(first: 5) {
      nodes {
        id
        status
        monthlyCharge {
          amount
          currency
        }
        items {
          sku
          quantity
        }
      }
    }
    payments(first: 5) {
      nodes {
        status
        amount {
          amount
        }
      }
    }
    collections {
      state
      failedPayments
    }
    segment
    region
    contacts(first: 5) {
      nodes {
        name
      }
    }
    opportunities(first: 5) {
      nodes {
        id
        name
        stage
      }
    }
    supportTier
    cases(first: 5) {
      nodes {
        number
        status
        severity
        escalated
      }
    }
    entitlements(first: 5) {
      nodes {
        sku
        seats
        seatsUsed
        overLicensed
        subscriptionId
      }
    }
    observedByCrm {
      field
      value
    }
    pendingProcess {
      id
    }
  }
`;

/** The same for a page of customers. */
export const CUSTOMERS_360 = CUSTOMER_360.replace(
  /query Customer360[\s\S]*?fragment/,
  'query Customers360($first: Int!, $after: String) { customers(first: $first, after: $after) { nodes { ...Everything } pageInfo { endCursor } } } fragment',
);

const PROCESS = /* GraphQL */ `
  fragment Run on Process {
    id
    kind
    state
    reason
    correlationId
    outcome
    steps {
      name
      system
      state
      attempts
      error
    }
    exception {
      causeClass
      step
      system
      message
      customer {
        id
      }
      customerName
      contractId
      region
      amountAtRisk {
        amount
        currency
      }
      runbook
    }
  }
`;

const REJECTION = `reasons { code message field system }`;
const CHARGES = `charges { currency oneTime { amount } monthly { amount } monthlyDifference { amount } proration { amount } tax { amount } }`;

export const SUBMIT_ORDER = /* GraphQL */ `
  mutation SubmitOrder($input: SubmitOrderInput!) {
    submitOrder(input: $input) {
      __typename
      ... on OrderAccepted { replayed process { ...Run } ${CHARGES} salesOrder { id number status total { amount currency } } subscription { id status } }
      ... on OrderRejected { ${REJECTION} }
    }
  }
  ${PROCESS}
`;

export const AMEND_SUBSCRIPTION = /* GraphQL */ `
  mutation AmendSubscription($input: AmendSubscriptionInput!) {
    amendSubscription(input: $input) {
      __typename
      ... on AmendmentAccepted { replayed process { ...Run } ${CHARGES} subscription { id items { sku quantity } legalEntityId paymentTerms monthlyCharge { amount } } }
      ... on AmendmentRejected { ${REJECTION} }
    }
  }
  ${PROCESS}
`;

export const UPDATE_CUSTOMER = /* GraphQL */ `
  mutation UpdateCustomer($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      __typename
      ... on CustomerUpdateAccepted { replayed process { ...Run } writes { system owner field oldValue newValue } customer { id legalName segment } }
      ... on CustomerUpdateRefused { refusals { code field owner since useMutation message } ${REJECTION} }
    }
  }
  ${PROCESS}
`;

export const PROCESS_BY_ID = /* GraphQL */ `
  query Process($id: ID!) {
    process(id: $id) {
      ...Run
    }
  }
  ${PROCESS}
`;

export const RETRY = /* GraphQL */ `
  mutation Retry($id: ID!) {
    retryProcess(id: $id) {
      process {
        ...Run
      }
    }
  }
  ${PROCESS}
`;

export const GIVE_UP = /* GraphQL */ `
  mutation GiveUp($id: ID!, $reason: String!) {
    giveUpProcess(id: $id, reason: $reason) {
      process {
        ...Run
      }
    }
  }
  ${PROCESS}
`;

/** One run as the fragment above reads it. */
export interface Run {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string | null;
  readonly outcome: Readonly<Record<string, unknown>> | null;
  readonly steps: readonly {
    readonly name: string;
    readonly system: string;
    readonly state: string;
    readonly attempts: number;
    readonly error: string | null;
  }[];
  readonly exception: Readonly<Record<string, unknown>> | null;
}

export interface ActResult {
  readonly __typename: string;
  readonly replayed: boolean;
  readonly process: Run;
  readonly reasons: readonly {
    readonly code: string;
    readonly message: string;
    readonly field: string | null;
    readonly system: string;
  }[];
  readonly charges: Readonly<Record<string, { amount: string } | string | null>>;
  readonly salesOrder: { readonly id: string; readonly number: string } | null;
  readonly subscription: { readonly id: string; readonly items: readonly { sku: string; quantity: number }[] } | null;
  readonly refusals: readonly Readonly<Record<string, unknown>>[];
  readonly writes: readonly Readonly<Record<string, unknown>>[];
}
