import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, GraphQLError, isObjectType } from 'graphql';
import { checkPurposes, withConsent } from '../../../platform/mask/consent.ts';
import { readDataClasses } from '../../../platform/mask/data-classes.ts';
import { snapshotFor } from '../../../platform/mask/snapshot.ts';
import { spokenOf } from '../../../platform/mask/spoken-of.ts';

const JOURNALED = {
  customerId: 'C-10001',
  name: 'Iris Robotics AG',
  billingEmail: 'billing@iris.example',
  change: {
    billingAddress: { line1: 'Canary Row 7', city: 'Monterey' },
    taxId: 'DE811569869',
    quantity: 3,
    phone: null,
  },
  notes: ['sent to billing@iris.example', 7, true],
};

test('a snapshot is masked by the names of its properties, and its text by what stands in it', () => {
  assert.deepEqual(snapshotFor(JOURNALED, []), {
    customerId: 'C-10001',
    name: 'Iris Robotics AG',
    billingEmail: 'b***@iris.example',
    change: { billingAddress: null, taxId: '***9869', quantity: 3, phone: null },
    notes: ['sent to b***@iris.example', 7, true],
  });
});

test('each class opens its own part of a snapshot', () => {
  const { change, ...rest } = JOURNALED;
  assert.deepEqual(snapshotFor(JOURNALED, ['PERSONAL']), { ...rest, change: { ...change, taxId: '***9869' } });
  assert.deepEqual(snapshotFor(JOURNALED, ['PERSONAL', 'FINANCIAL']), JOURNALED);
});

test('a value that is told elsewhere is masked as the field it is of; of a field without a mask it is told in full', () => {
  assert.equal(spokenOf('Customer.billingEmail', 'billing@iris.example', []), 'b***@iris.example');
  assert.equal(spokenOf('Customer.billingEmail', 'billing@iris.example', ['PERSONAL']), 'billing@iris.example');
  assert.equal(spokenOf('Customer.billingAddress', 'Canary Row 7, Monterey', ['FINANCIAL']), '***');
  assert.equal(spokenOf('Customer.legalName', 'Iris Robotics AG', []), 'Iris Robotics AG');
  assert.equal(spokenOf('Customer.taxId', null, []), null);
});

test('consent: only who agreed is told of; a value that is not there needs no consent', () => {
  assert.equal(withConsent('MARKETING', true, 'ada@example.com'), 'ada@example.com');
  for (const agreed of [false, null]) {
    assert.equal(withConsent('MARKETING', agreed, null), null);
    assert.throws(
      () => withConsent('MARKETING', agreed, 'ada@example.com'),
      (error: unknown) =>
        error instanceof GraphQLError && error.extensions.code === 'CONSENT_MISSING' && !error.message.includes('ada'),
    );
  }
});

test('consent: a subgraph that would answer a field with a purpose without asking does not start', () => {
  const sdl = `
    directive @data(class: String, purpose: Purpose) on FIELD_DEFINITION
    enum Purpose { MARKETING }
    type Query { person: Person }
    type Person { mail: String @data(class: PERSONAL, purpose: MARKETING) }`;
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  assert.throws(
    () => checkPurposes(readDataClasses(sdl), schema),
    /Person\.mail: a field with a purpose needs a resolver/,
  );
  const person = schema.getType('Person');
  assert.ok(isObjectType(person));
  Object.assign(person.getFields().mail ?? {}, { resolve: () => null });
  assert.doesNotThrow(() => checkPurposes(readDataClasses(sdl), schema));
});
