import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VendorName } from '../../../sandbox/core/vendor.ts';
import { eventually, type TestHub } from '../../support/hub.ts';
import { CUSTOMER_360 } from './queries.ts';
import { freshCustomer } from './world.ts';

const SECTIONS = [
  { vendor: 'netsuite', system: 'ERP', field: 'legalName' },
  { vendor: 'stripe', system: 'BILLING', field: 'subscriptions' },
  { vendor: 'salesforce', system: 'CRM', field: 'segment' },
  { vendor: 'zendesk', system: 'SUPPORT', field: 'cases' },
] as const satisfies { vendor: VendorName; system: string; field: string }[];

/** A 360 view stays honest when a system is down. */
export function oneSystemDown(hub: () => TestHub): void {
  for (const { vendor, system } of SECTIONS) {
    for (const kind of ['refuse', 'hang', 'status'] as const) {
      test(`with ${system} down (${kind}) the rest answers in time, and its part is null with an error that names it`, async () => {
        const { hubId } = freshCustomer();
        hub().sandbox.addFault({ vendor, kind, ...(kind === 'status' ? { status: 503 } : {}) });
        try {
          const startedAt = performance.now();
          const { status, data, errors, extensions } = await hub().ask(CUSTOMER_360, { id: hubId });
          assert.ok(performance.now() - startedAt < 9_000, 'within the deadline');
          assert.equal(status, 200);
          const customer = data.customer as Record<string, unknown>;
          for (const other of SECTIONS) {
            if (other.system === system) assert.equal(customer[other.field], null);
            else assert.notEqual(customer[other.field], null, `${other.field} of ${other.system}`);
          }
          assert.ok(errors.length > 0);
          for (const error of errors) {
            assert.equal(error.extensions.system, system, error.message);
            assert.match(String(error.extensions.code), /^SOURCE_(UNAVAILABLE|TIMEOUT|THROTTLED)$/);
            assert.ok(error.path && error.path[0] === 'customer');
            assert.ok(error.extensions.correlationId);
            assert.doesNotMatch(JSON.stringify(error), /127\.0\.0\.1|localhost|\/services\/|\/api\/v2|stack/);
          }
          const source = (extensions.sources as { system: string; state: string }[]).find(
            (one) => one.system === system,
          );
          assert.match(String(source?.state), /UNAVAILABLE|THROTTLED/);
        } finally {
          hub().sandbox.removeFaults();
        }
        await eventually(
          `${system} is asked again by itself`,
          async () => (await hub().ask(CUSTOMER_360, { id: hubId })).errors.length === 0,
          15_000,
        );
      });
    }
  }

  test('two systems down at once leave the other two', async () => {
    const { hubId } = freshCustomer();
    hub().sandbox.addFault({ vendor: 'netsuite', kind: 'refuse' });
    hub().sandbox.addFault({ vendor: 'zendesk', kind: 'refuse' });
    try {
      const { data, errors } = await hub().ask(CUSTOMER_360, { id: hubId });
      const customer = data.customer as Record<string, unknown>;
      assert.equal(customer.legalName, null);
      assert.equal(customer.cases, null);
      assert.notEqual(customer.subscriptions, null);
      assert.notEqual(customer.segment, null);
      assert.deepEqual(
        [...new Set(errors.filter(({ path }) => path).map(({ extensions }) => extensions.system))].sort(),
        ['ERP', 'SUPPORT'],
      );
    } finally {
      hub().sandbox.removeFaults();
    }
    await eventually(
      'both are back',
      async () => (await hub().ask(CUSTOMER_360, { id: hubId })).errors.length === 0,
      15_000,
    );
  });

  test('an answer of the wrong shape is an error, never a silent null', async () => {
    const { hubId } = freshCustomer();
    hub().sandbox.addFault({ vendor: 'netsuite', kind: 'shape-change', match: 'suiteql', field: 'items.0.name' });
    try {
      const { data, errors } = await hub().ask('query ($id: ID!) { customer(id: $id) { id legalName } }', {
        id: hubId,
      });
      assert.equal((data.customer as { legalName: unknown }).legalName, null);
      assert.match(String(errors[0]?.extensions.code), /^SOURCE_(SCHEMA_MISMATCH|BAD_RESPONSE)$/);
    } finally {
      hub().sandbox.removeFaults();
    }
  });
}
