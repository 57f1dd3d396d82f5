import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { ownerAt, readOwnership } from '../../../platform/ownership/ownership.ts';
import { subgraphSdl } from '../../../platform/subgraph/schema.ts';

const SDL = `
  type Query { customer: Customer }
  type Customer @key(fields: "id") {
    id: ID! @owner(system: HUB)
    legalName: String @owner(system: ERP)
    paymentTerms: String @owner(system: CRM, until: ORDER_ACCEPTED, then: ERP)
    nickname: String
    region: String @owner(system: CRM) @owner(system: ERP)
    tier: String @owner(system: CRM, until: ORDER_ACCEPTED)
  }
  type Invoice @key(fields: "id") @owner(system: ERP) { id: ID! total: Int seenBy: String @owner(system: BILLING) }
  type Money { amount: String }
  extend type Customer { segment: String @owner(system: CRM) }
  input Change {
    key: ID! @writes(field: "NONE")
    legalName: String @writes(field: "Customer.legalName")
    terms: String @writes(field: "Customer.paymentTerms") @writes(field: "Invoice.total")
    forgotten: String
  }
`;

test('a field has the owner it names, else the owner of its type', () => {
  const { owners } = readOwnership(SDL);
  const cases: [string, string | undefined][] = [
    ['Customer.id', 'HUB'],
    ['Customer.legalName', 'ERP'],
    ['Customer.paymentTerms', 'CRM'],
    ['Customer.segment', 'CRM'],
    ['Invoice.total', 'ERP'],
    ['Invoice.seenBy', 'BILLING'],
    ['Customer.nickname', undefined],
    ['Money.amount', undefined],
    ['Query.customer', undefined],
  ];
  for (const [field, system] of cases) assert.equal(owners.get(field)?.system, system, field);
});

test('entity fields without an owner, with two owners or half a handover are named', () => {
  const { unowned, contested } = readOwnership(SDL);
  assert.deepEqual(unowned, ['Customer.nickname']);
  assert.deepEqual([...contested].sort(), ['Customer.region', 'Customer.tier']);
});

test('input fields say what they change, or are named as missing', () => {
  const { writes, unwritten } = readOwnership(SDL);
  assert.deepEqual(writes.get('Change.key'), []);
  assert.deepEqual(writes.get('Change.legalName'), ['Customer.legalName']);
  assert.deepEqual(writes.get('Change.terms'), ['Customer.paymentTerms', 'Invoice.total']);
  assert.deepEqual(unwritten, ['Change.forgotten']);
});

test('ownership passes at its milestone and not before', () => {
  const forever = { system: 'ERP', until: null, next: null };
  const handedOver = { system: 'CRM', until: 'ORDER_ACCEPTED', next: 'ERP' };
  const cases = [
    [forever, [], 'ERP', null],
    [forever, ['ORDER_ACCEPTED'], 'ERP', null],
    [handedOver, [], 'CRM', null],
    [handedOver, ['CONTRACT_ACTIVE'], 'CRM', null],
    [handedOver, ['ORDER_ACCEPTED'], 'ERP', 'ORDER_ACCEPTED'],
    [handedOver, ['CONTRACT_ACTIVE', 'ORDER_ACCEPTED'], 'ERP', 'ORDER_ACCEPTED'],
  ] as const;
  for (const [owner, reached, system, since] of cases) {
    assert.deepEqual(ownerAt(owner, new Set(reached)), { system, since }, `${owner.system} after [${reached}]`);
  }
});

test('in a supergraph an entity is known by its join key', () => {
  const { unowned } = readOwnership(
    'type Thing @join__type(graph: A, key: "id") { id: ID! } type Part @join__type(graph: A) { id: ID! }',
  );
  assert.deepEqual(unowned, ['Thing.id']);
});

test('every schema of the hub is read, and nothing in it is contested', () => {
  const root = new URL('../../../subgraphs/', import.meta.url);
  for (const domain of readdirSync(root)) {
    const ownership = readOwnership(subgraphSdl(new URL(`${domain}/schema.graphql`, root)));
    assert.ok(ownership.owners.size > 0, domain);
    assert.deepEqual(ownership.contested, [], domain);
    assert.deepEqual(ownership.unwritten, [], domain);
  }
});
