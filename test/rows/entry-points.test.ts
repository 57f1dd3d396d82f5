import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DirectiveNode, Kind, type ObjectTypeDefinitionNode, parse } from 'graphql';
import { salesforce } from '../../sandbox/data/keys.ts';
import { type Caller, type HubOfCallers, openHubOfCallers, SUPERGRAPH } from './hub-of-callers.ts';

/**
 * Every way into the graph: root fields, and the keys by which the gateway jumps to an entity. Each is listed here with what
 * keeps it within the rows of the caller; one that is not listed fails the test, so that a new one cannot be forgotten.
 *
 * - text: asked in that subgraph for a thing of another's customer, and for one there is not: the answers must be the same.
 * - NOBODYS: tells nothing of any customer. THE_HUBS: keys and the audit, for those who run the hub.
 * - else: the file that has the test of it.
 */
const NOBODYS = Symbol('nobody’s');
const THE_HUBS = Symbol('the hub’s own, for those who run it');
const OTHERS = 'test/rows/others-customers.test.ts';
const ACTS = 'test/rows/acts.test.ts';
const AFTER_SALES = 'test/rows/after-sales.test.ts';
const FURTHER_ACTS = 'test/rows/further-acts.test.ts';
const CONFLICTS = 'test/events/conflicts/judge.test.ts';
const PARKED = 'test/subgraphs/events/parked.test.ts';
/** A subscription tells its key of its own customers alone, and is judged anew at every delivery. */
const SUBSCRIBERS = 'test/events/deliver/deliver.test.ts';
const DRIFT = 'test/reconcile/planted-drift.test.ts';

interface Jump {
  /** The kind of id that the key holds; names one of `ids()` below. */
  readonly key: keyof Ids;
  readonly fields: string;
}

interface Ids {
  hub: string;
  erp: string;
  billing: string;
  crm: string;
  support: string;
  order: string;
  orderNumber: string;
  invoice: string;
  subscription: string;
  case: string;
  entitlement: string;
  opportunity: string;
  contact: string;
  quote: string;
}

const INVOICE = '{ id number lines { nodes { position sku } } }';
const ORDER = '{ id number total { amount } }';
const ROOTS: Readonly<Record<string, { subgraph: string; key: keyof Ids; query: string } | symbol | string>> = {
  'Query.product': NOBODYS,
  'Query.products': NOBODYS,
  'Query.legalEntities': NOBODYS,
  'Query.customer': {
    subgraph: 'identity',
    key: 'hub',
    query: 'query ($id: ID!) { customer(id: $id) { displayName } }',
  },
  'Query.customerByExternalId': {
    subgraph: 'identity',
    key: 'crm',
    query: 'query ($id: ID!) { customerByExternalId(system: CRM, externalId: $id) { displayName } }',
  },
  'Query.customers': OTHERS,
  'Query.duplicateCustomers': OTHERS,
  'Query.salesOrder': { subgraph: 'erp', key: 'order', query: `query ($id: ID!) { salesOrder(id: $id) ${ORDER} }` },
  'Query.salesOrderByNumber': {
    subgraph: 'erp',
    key: 'orderNumber',
    query: `query ($id: String!) { salesOrderByNumber(number: $id) ${ORDER} }`,
  },
  'Query.invoice': { subgraph: 'erp', key: 'invoice', query: `query ($id: ID!) { invoice(id: $id) ${INVOICE} }` },
  'Query.subscription': {
    subgraph: 'billing',
    key: 'subscription',
    query: 'query ($id: ID!) { subscription(id: $id) { id } }',
  },
  'Query.case': { subgraph: 'support', key: 'case', query: 'query ($id: ID!) { case(id: $id) { id subject } }' },
  'Query.entitlement': {
    subgraph: 'support',
    key: 'entitlement',
    query: 'query ($id: ID!) { entitlement(id: $id) { id } }',
  },
  'Query.opportunity': {
    subgraph: 'crm',
    key: 'opportunity',
    query: 'query ($id: ID!) { opportunity(id: $id) { id name } }',
  },
  'Query.contact': {
    subgraph: 'crm',
    key: 'contact',
    query: 'query ($id: ID!) { contact(id: $id) { id name email } }',
  },
  'Query.installedAsset': AFTER_SALES,
  'Query.serviceOrder': AFTER_SALES,
  'Query.return': AFTER_SALES,
  'Query.previewOpenServiceOrder': AFTER_SALES,
  'Query.previewIssueReturn': AFTER_SALES,
  'Mutation.openServiceOrder': AFTER_SALES,
  'Mutation.issueReturn': AFTER_SALES,
  'Mutation.cancelSubscription': FURTHER_ACTS,
  'Mutation.changeBillingEntity': FURTHER_ACTS,
  'Mutation.mergeCustomers': FURTHER_ACTS,
  'Mutation.unmergeCustomers': FURTHER_ACTS,
  'Mutation.onboardCustomer': FURTHER_ACTS,
  'Mutation.recordUsage': FURTHER_ACTS,
  'Mutation.linkCustomer': FURTHER_ACTS,
  'Mutation.unlinkCustomer': FURTHER_ACTS,
  'Mutation.renewSubscription': FURTHER_ACTS,
  'Query.previewCancelSubscription': FURTHER_ACTS,
  'Query.previewChangeBillingEntity': FURTHER_ACTS,
  'Query.customerProcesses': FURTHER_ACTS,
  'Query.previewMergeCustomers': FURTHER_ACTS,
  'Query.previewOnboardCustomer': FURTHER_ACTS,
  'Query.previewRenewSubscription': FURTHER_ACTS,
  'Query.validateQuote': FURTHER_ACTS,
  'Mutation.withdrawRenewal': ACTS,
  'Query.conflicts': CONFLICTS,
  'Mutation.dismissConflict': CONFLICTS,
  'Query.parkedEvents': PARKED,
  'Mutation.retryParked': PARKED,
  'Mutation.dismissParked': PARKED,
  'Query.eventKinds': NOBODYS,
  'Query.eventSubscription': SUBSCRIBERS,
  'Query.eventSubscriptions': SUBSCRIBERS,
  'Query.deadLetters': SUBSCRIBERS,
  'Mutation.createEventSubscription': SUBSCRIBERS,
  'Mutation.updateEventSubscription': SUBSCRIBERS,
  'Mutation.rotateEventSecret': SUBSCRIBERS,
  'Mutation.deleteEventSubscription': SUBSCRIBERS,
  'Mutation.sendTestEvent': SUBSCRIBERS,
  'Mutation.replayEvents': SUBSCRIBERS,
  'Query.systems': THE_HUBS,
  'Query.systemClosures': THE_HUBS,
  'Query.postingWindows': THE_HUBS,
  'Mutation.closeSystem': THE_HUBS,
  'Mutation.openSystem': THE_HUBS,
  'Query.findings': DRIFT,
  'Query.reconciliation': DRIFT,
  'Query.reconciliations': DRIFT,
  'Mutation.reconcile': DRIFT,
  'Mutation.dismissFindings': DRIFT,
  'Mutation.repairFinding': DRIFT,
  'Mutation.repairFindings': DRIFT,
  'Query.process': ACTS,
  'Query.processes': ACTS,
  'Query.exceptions': ACTS,
  'Query.previewSubmitOrder': ACTS,
  'Query.previewAmendSubscription': ACTS,
  'Query.previewUpdateCustomer': ACTS,
  'Mutation.submitOrder': ACTS,
  'Mutation.amendSubscription': ACTS,
  'Mutation.updateCustomer': ACTS,
  'Mutation.retryProcess': ACTS,
  'Mutation.giveUpProcess': ACTS,
  'Mutation.editAndRetryProcess': ACTS,
  'Mutation.confirmEdit': ACTS,
  'Mutation.rejectEdit': ACTS,
  'Mutation.skipStep': ACTS,
  'Mutation.retryExceptions': ACTS,
  'Query.approvals': ACTS,
  'Mutation.approveProcess': ACTS,
  'Mutation.rejectProcess': ACTS,
  'Query.proposals': ACTS,
  'Mutation.approveProposal': ACTS,
  'Mutation.rejectProposal': ACTS,
  'Query.auditRecords': THE_HUBS,
  'Query.key': THE_HUBS,
  'Query.keys': THE_HUBS,
  'Mutation.createKey': THE_HUBS,
  'Mutation.updateKey': THE_HUBS,
  'Mutation.rotateKey': THE_HUBS,
  'Mutation.revokeKey': THE_HUBS,
};

/** By subgraph, type and key. */
const JUMPS: Readonly<Record<string, Jump | symbol | string>> = {
  'erp Product sku': NOBODYS,
  'erp LegalEntity id': NOBODYS,
  'billing Product sku': NOBODYS,
  'support Product sku': NOBODYS,
  'identity Customer id': { key: 'hub', fields: 'displayName crmAccountId' },
  'identity Customer erpCustomerId': { key: 'erp', fields: 'id displayName' },
  'identity Customer billingCustomerId': { key: 'billing', fields: 'id displayName' },
  'identity Customer crmAccountId': { key: 'crm', fields: 'id displayName' },
  'identity Customer supportOrgId': { key: 'support', fields: 'id displayName' },
  'identity Customer successAccountId': OTHERS, // no system knows customers so yet
  'erp Customer erpCustomerId': {
    key: 'erp',
    fields:
      'legalName taxId credit { status } legalEntity { id } legalEntities { id } salesOrders { nodes { id } pageInfo { hasNextPage endCursor } } invoices { nodes { id } pageInfo { hasNextPage endCursor } }',
  },
  'billing Customer billingCustomerId': {
    key: 'billing',
    fields:
      'billingEmail subscriptions { nodes { id } pageInfo { hasNextPage endCursor } } payments { nodes { id } pageInfo { hasNextPage } } collections { state } observedByBilling { value }',
  },
  'crm Customer crmAccountId': {
    key: 'crm',
    fields:
      'region segment salesParent { crmAccountId } contacts { nodes { id } pageInfo { hasNextPage } } opportunities { nodes { id } } quotes { nodes { id } } observedByCrm { value }',
  },
  'support Customer supportOrgId': {
    key: 'support',
    fields:
      'supportTier cases { nodes { id } pageInfo { hasNextPage } } entitlements { nodes { id } } observedBySupport { value }',
  },
  'process Customer id': { key: 'hub', fields: 'processes { nodes { id } } pendingProcess { id }' },
  'erp SalesOrder id': { key: 'order', fields: 'number total { amount }' },
  'process SalesOrder id': { key: 'order', fields: 'process { id } pendingProcess { id }' },
  'process Case id': { key: 'case', fields: 'pendingProcess { id }' },
  'process Opportunity id': { key: 'opportunity', fields: 'pendingProcess { id }' },
  'process ConnectedSystem name': THE_HUBS,
  'events ConnectedSystem name': PARKED,
  'erp Invoice id': { key: 'invoice', fields: 'number lines { nodes { position } }' },
  'billing CustomerSubscription id': { key: 'subscription', fields: 'status startedOn' },
  'process CustomerSubscription id': {
    key: 'subscription',
    fields: 'processes { nodes { id } } pendingProcess { id } renewalPreparation { renewsOn openInvoices { count } }',
  },
  'billing Payment id': OTHERS, // billing resolves none by its id: it has nothing but lists
  'support Case id': { key: 'case', fields: 'subject' },
  'support Entitlement id': { key: 'entitlement', fields: 'seats' },
  'crm Contact id': { key: 'contact', fields: 'name email' },
  'crm Opportunity id': { key: 'opportunity', fields: 'name' },
  'crm Quote id': { key: 'quote', fields: 'number opportunity { id }' },
  'erp Case id': AFTER_SALES,
  'erp InstalledAsset serialNumber': AFTER_SALES,
  'erp ServiceOrder id': AFTER_SALES,
  'erp Return id': AFTER_SALES,
  'process Process id': ACTS,
  'events Finding id': DRIFT,
  'access ApiKey id': THE_HUBS,
};

const UNKNOWN: Ids = {
  hub: 'C-99999',
  erp: '1999999',
  billing: 'cus_0000unknown',
  crm: salesforce.account(999),
  support: '999',
  order: '99999999',
  orderNumber: 'SO999999',
  invoice: '99999999',
  subscription: 'sub_000000000000unknown',
  case: '999999',
  entitlement: '999999',
  opportunity: salesforce.opportunity(999, 0),
  contact: salesforce.contact(999, 0),
  quote: salesforce.quote(999, 0),
};

const types = parse(SUPERGRAPH).definitions.filter(
  (one): one is ObjectTypeDefinitionNode => one.kind === Kind.OBJECT_TYPE_DEFINITION,
);
const argumentOf = (directive: DirectiveNode, name: string): unknown => {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value && 'value' in value ? value.value : undefined;
};

const rootFields = types
  .filter(({ name }) => name.value === 'Query' || name.value === 'Mutation')
  .flatMap((type) => (type.fields ?? []).map((field) => `${type.name.value}.${field.name.value}`));
const entityKeys = types.flatMap((type) =>
  (type.directives ?? [])
    .filter((directive) => directive.name.value === 'join__type' && argumentOf(directive, 'key') !== undefined)
    .filter((directive) => argumentOf(directive, 'resolvable') !== false)
    .map((one) => `${String(argumentOf(one, 'graph')).toLowerCase()} ${type.name.value} ${argumentOf(one, 'key')}`),
);

const LISTS = [
  'orders',
  'invoices',
  'subscriptions',
  'cases',
  'entitlements',
  'opportunities',
  'contacts',
  'quotes',
] as const;

describe('every way into the graph', () => {
  const PARTNER: Caller = { name: 'partner', rows: { partnerOfRecord: [salesforce.account(20)] } };
  const EVERYBODY: Caller = { name: 'everybody', rows: null };
  let hub: HubOfCallers;
  let foreign: Ids;
  before(async () => {
    hub = await openHubOfCallers();
    const complete = [...hub.world.customers()].find(
      (one) => one.partnerIndex !== 20 && one.mergedIntoIndex === null && LISTS.every((list) => one[list].length > 0),
    );
    foreign = await idsOf(complete?.hubId ?? assert.fail('no customer has something in every list'));
  });

  async function idsOf(hubId: string): Promise<Ids> {
    type Listed = { nodes: { id: string; number?: string }[] };
    const { data } = await hub.ask<{ customer: Record<string, string & Listed> }>(
      EVERYBODY,
      `query ($id: ID!) { customer(id: $id) { erpCustomerId billingCustomerId crmAccountId supportOrgId
        salesOrders { nodes { id number } } invoices { nodes { id } } subscriptions { nodes { id } } cases { nodes { id } }
        entitlements { nodes { id } } opportunities { nodes { id } } contacts { nodes { id } } quotes { nodes { id } } } }`,
      { id: hubId },
    );
    const { customer } = data;
    const first = (list: string): string => customer[list]?.nodes[0]?.id ?? assert.fail(`${hubId} has no ${list}`);
    return {
      hub: hubId,
      erp: String(customer.erpCustomerId),
      billing: String(customer.billingCustomerId),
      crm: String(customer.crmAccountId),
      support: String(customer.supportOrgId),
      order: first('salesOrders'),
      orderNumber: customer.salesOrders?.nodes[0]?.number ?? assert.fail('no number'),
      invoice: first('invoices'),
      subscription: first('subscriptions'),
      case: first('cases'),
      entitlement: first('entitlements'),
      opportunity: first('opportunities'),
      contact: first('contacts'),
      quote: first('quotes'),
    };
  }

  test('each is listed: it is judged, tested elsewhere, or about nobody', () => {
    assert.deepEqual(
      rootFields.filter((name) => !(name in ROOTS)),
      [],
      'root fields; add them to ROOTS',
    );
    assert.deepEqual(
      entityKeys.filter((name) => !(name in JUMPS)),
      [],
      'keys of entities; add them to JUMPS',
    );
  });

  for (const [name, way] of Object.entries(ROOTS)) {
    if (typeof way === 'symbol' || typeof way === 'string') continue;
    test(`${name}: another’s is answered as one there is not`, async () => {
      const ask = (caller: Caller, id: string) => hub.fetch(caller, way.subgraph, way.query, { id });
      const [value] = Object.values((await ask(EVERYBODY, foreign[way.key])).data);
      assert.ok(value, 'there is one, for whoever may see it');
      assert.deepEqual(await ask(PARTNER, foreign[way.key]), await ask(PARTNER, UNKNOWN[way.key]));
    });
  }

  for (const [name, way] of Object.entries(JUMPS)) {
    if (typeof way === 'symbol' || typeof way === 'string') continue;
    test(`${name}: a jump to another’s is answered as to one there is not`, async () => {
      const [subgraph = '', type = '', key = ''] = name.split(' ');
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${way.fields} } } }`;
      const ask = (caller: Caller, id: string) =>
        hub.fetch(caller, subgraph, query, { of: [{ __typename: type, [key]: id }] });
      const everybody = await ask(EVERYBODY, foreign[way.key]);
      assert.deepEqual(everybody.errors, [], 'the jump works for whoever may see it');
      const [other, unknown] = [await ask(PARTNER, foreign[way.key]), await ask(PARTNER, UNKNOWN[way.key])];
      assert.deepEqual(other, unknown);
      if (subgraph !== 'process') assert.notDeepEqual(other, everybody);
    });
  }
});
