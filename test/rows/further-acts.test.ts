import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Kind, parse, type TypeNode } from 'graphql';
import { salesforce } from '../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import type { GraphAnswer } from '../support/hub.ts';
import { type Caller, type HubOfCallers, openHubOfCallers, SUPERGRAPH } from './hub-of-callers.ts';

const PARTNER: Caller = { name: 'partner', rows: { partnerOfRecord: [salesforce.account(20)] } };
const EVERYBODY: Caller = { name: 'everybody', rows: null };
const definitions = parse(SUPERGRAPH).definitions;

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

/** What every answer of an act may tell of why it was refused. */
function asking(root: 'Query' | 'Mutation', act: string): string {
  const type = definitions.find((one) => one.kind === Kind.OBJECT_TYPE_DEFINITION && one.name.value === root);
  const field = type && 'fields' in type ? type.fields?.find(({ name }) => name.value === act) : undefined;
  const input = field && 'arguments' in field ? field.arguments?.[0] : undefined;
  assert.ok(field && input, `there is no ${act}`);
  const result = definitions.find((one) => 'name' in one && one.name?.value === nameOf(field.type));
  const members = result?.kind === Kind.UNION_TYPE_DEFINITION ? (result.types ?? []) : [];
  const refused = members.flatMap(({ name }) => {
    const member = definitions.find((one) => one.kind === Kind.OBJECT_TYPE_DEFINITION && one.name.value === name.value);
    const tells = member && 'fields' in member && member.fields?.some((one) => one.name.value === 'reasons');
    return tells ? [`... on ${name.value} { reasons { code message field } }`] : [];
  });
  const asked =
    members.length === 0 ? 'valid findings { code message field } lines { sku }' : `__typename ${refused.join(' ')}`;
  return `${root.toLowerCase()} ($input: ${nameOf(input.type)}!) { ${act}(input: $input) { ${asked} } }`;
}

/** Of what an act is asked: a customer's own ids, or such as nobody has. */
interface Subject {
  readonly customer: string;
  readonly subscription: string;
}

type Input = (of: Subject, own: Subject) => object;
const renew: Input = ({ subscription }) => ({ idempotencyKey: 'rows', subscriptionId: subscription, termMonths: 12 });
const cancel: Input = ({ subscription }) => ({
  idempotencyKey: 'rows',
  subscriptionId: subscription,
  when: 'TERM_END',
  reason: 'rows',
});
const move: Input = ({ customer }) => ({ idempotencyKey: 'rows', customerId: customer, billingEntityId: '2' });
const moveOne: Input = ({ subscription }) => ({
  idempotencyKey: 'rows',
  subscriptionId: subscription,
  billingEntityId: '2',
});
const merge: Input = ({ customer }, own) => ({ idempotencyKey: 'rows', survivorId: own.customer, mergedId: customer });
const mergeInto: Input = ({ customer }, own) => ({
  idempotencyKey: 'rows',
  survivorId: customer,
  mergedId: own.customer,
});
const link: Input = ({ customer }) => ({ customerId: customer, system: 'ERP', externalId: '1' });
const use: Input = ({ subscription }) => ({
  idempotencyKey: 'rows',
  events: [
    { id: 'rows-1', subscriptionId: subscription, sku: 'MTR-API', quantity: '1', occurredAt: new Date().toISOString() },
  ],
});

const ACTS: readonly ['Query' | 'Mutation', string, Input][] = [
  ['Mutation', 'renewSubscription', renew],
  ['Query', 'previewRenewSubscription', renew],
  ['Mutation', 'cancelSubscription', cancel],
  ['Query', 'previewCancelSubscription', cancel],
  ['Mutation', 'changeBillingEntity', move],
  ['Mutation', 'changeBillingEntity', moveOne],
  ['Query', 'previewChangeBillingEntity', move],
  ['Mutation', 'mergeCustomers', merge],
  ['Mutation', 'mergeCustomers', mergeInto],
  ['Query', 'previewMergeCustomers', merge],
  ['Mutation', 'unmergeCustomers', ({ customer }) => ({ idempotencyKey: 'rows', mergedId: customer })],
  ['Mutation', 'linkCustomer', link],
  ['Mutation', 'unlinkCustomer', link],
  ['Mutation', 'recordUsage', use],
  [
    'Query',
    'validateQuote',
    ({ customer }) => ({ customerId: customer, currency: 'EUR', lines: [{ sku: 'SVC-AUDIT', quantity: 1 }] }),
  ],
];

/** What a client can tell two answers by, with the ids that were asked for left out. */
function told({ status, data, errors }: GraphAnswer<unknown>, of: Subject): unknown {
  const clean = errors.map(({ message, path, extensions: { code } }) => ({ message, path, code }));
  const text = JSON.stringify({ status, data, errors: clean });
  return JSON.parse(text.replaceAll(of.customer, 'the customer').replaceAll(of.subscription, 'the subscription'));
}

describe('B18: further acts on what is another’s', () => {
  let hub: HubOfCallers;
  let [own, foreign]: Subject[] = [];
  const unknown: Subject = { customer: 'C-99999', subscription: 'sub_000000000000unknown' };
  const subjectOf = async ({ hubId }: WorldCustomer): Promise<Subject> => {
    type Held = { customer: { subscriptions: { nodes: { id: string }[] } } };
    const query = 'query ($id: ID!) { customer(id: $id) { subscriptions(status: ACTIVE) { nodes { id } } } }';
    const { data } = await hub.ask<Held>(EVERYBODY, query, { id: hubId });
    return {
      customer: hubId,
      subscription: data.customer.subscriptions.nodes[0]?.id ?? assert.fail('no subscription'),
    };
  };
  before(async () => {
    hub = await openHubOfCallers();
    const buyer = (partnerIndex: number) =>
      [...hub.world.customers()].find(
        (one) =>
          one.partnerIndex === partnerIndex &&
          one.traits.length === 0 &&
          Object.values(one.known).every(Boolean) &&
          one.subscriptions.some(({ status }) => status === 'ACTIVE'),
      ) ?? assert.fail('no such customer');
    [own, foreign] = [await subjectOf(buyer(20)), await subjectOf(buyer(21))];
  });

  for (const [root, act, input] of ACTS) {
    test(`${act} is answered as of one there is not (${input.name}), and writes nothing`, async () => {
      assert.ok(own && foreign);
      const query = asking(root, act);
      const writes = () =>
        (['netsuite', 'stripe', 'zendesk', 'salesforce'] as const).reduce(
          (sum, vendor) => sum + hub.sandbox.ledger(vendor).length,
          0,
        );
      const before = writes();
      const ofForeign = await hub.ask(PARTNER, query, { input: input(foreign, own) });
      const ofUnknown = await hub.ask(PARTNER, query, { input: input(unknown, own) });
      assert.deepEqual(told(ofForeign, foreign), told(ofUnknown, unknown));
      assert.equal(writes(), before);
      if (root === 'Mutation') return;
      const forAll = await hub.ask(EVERYBODY, query, { input: input(foreign, own) });
      assert.notDeepEqual(told(forAll, foreign), told(ofForeign, foreign), 'who sees it is answered otherwise');
    });
  }

  test('onboardCustomer is refused to who sees some customers only: it would tell of look-alikes among the others', async () => {
    const { data } = await hub.ask<{ onboardCustomer: { reasons: { code: string }[] } }>(
      PARTNER,
      asking('Mutation', 'onboardCustomer'),
      {
        input: {
          idempotencyKey: 'rows',
          legalName: 'Nobody Knows Ltd',
          billingAddress: { line1: 'Street 1', city: 'Berlin', country: 'DE' },
          billingEmail: 'nobody@knows.example',
          currency: 'EUR',
          paymentTerms: 'NET_30',
          legalEntityId: '2',
          contact: { firstName: 'No', lastName: 'Body', email: 'nobody@knows.example' },
        },
      },
    );
    assert.ok(data.onboardCustomer.reasons.some(({ code }) => code === 'ROWS_LIMITED'));
  });

  test('customerProcesses of another’s customer are as of one there is not', async () => {
    assert.ok(foreign);
    const query = 'query ($id: ID!) { customerProcesses(customerId: $id) { nodes { id } pageInfo { hasNextPage } } }';
    const ofForeign = await hub.ask(PARTNER, query, { id: foreign.customer });
    assert.deepEqual(told(ofForeign, foreign), told(await hub.ask(PARTNER, query, { id: unknown.customer }), unknown));
  });
});
