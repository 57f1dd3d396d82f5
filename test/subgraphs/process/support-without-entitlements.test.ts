import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { money } from '../../../platform/money.ts';
import type { SubmitOrder } from '../../../subgraphs/process/sagas/submit-order.ts';
import { grantEntitlement } from '../../../subgraphs/process/steps/support/grant-rights.ts';
import type { StepContext } from '../../../subgraphs/process/systems.ts';
import { plannedOrder } from '../../../subgraphs/process/writes/submit-order.ts';
import { readRtConfig } from '../../../subgraphs/support/connectors/request-tracker/config.ts';
import { createRequestTrackerSupport } from '../../../subgraphs/support/connectors/request-tracker/connector.ts';

describe('where support keeps no entitlements', () => {
  // Nothing listens at that address: whatever asks the desk fails.
  const config = readRtConfig({ RT_BASE_URL: 'http://127.0.0.1:9/REST/2.0', RT_TOKEN: 'not-used-here' });
  const support = createRequestTrackerSupport(config, { clock: systemClock });
  after(() => support.close());

  const reading = { correlationId: 'none', signal: AbortSignal.timeout(5_000) };
  const call = { ...reading, key: 'none:grant', actingFor: 'SUPPORT' };
  const context = { support, reading, call, undoCall: call } as unknown as StepContext; // the step asks support alone

  const grant = {
    orgId: id<'SupportOrg'>('C-1001'),
    subscriptionId: 'sub_1',
    startsOn: '2026-11-21',
    endsOn: null,
    rights: [{ sku: 'SUB-CARE', seats: 3 }],
  };

  test('the step asks nothing of it, says so, and has nothing to take back', async () => {
    const { read, undo } = grantEntitlement;
    assert.ok(read && typeof undo === 'function');
    const before = await read(context, grant);
    const result = await grantEntitlement.do(context, grant, before);
    assert.deepEqual([before, result], [[], { notKept: 'support keeps no entitlements' }]);
    await undo(context, { input: grant, before, result });
  });

  test('the preview of an order lists no write of rights', () => {
    const order: SubmitOrder = {
      customer: {
        id: id('C-1001'),
        name: 'Aldgate Instruments Ltd',
        erpCustomerId: id('1'),
        billingCustomerId: id('cus_1'),
        crmAccountId: null,
        supportOrgId: id('C-1001'),
      },
      legalEntityId: id('1'),
      currency: 'EUR',
      purchaseOrderNumber: null,
      opportunityId: null,
      lines: [{ sku: id('SUB-CARE'), quantity: 3 }],
      subscribed: [{ sku: id('SUB-CARE'), quantity: 3 }],
      contractId: 'K-1',
      paymentTerms: null,
      acceptedOn: '2026-11-21',
      charges: {
        currency: 'EUR',
        oneTime: money(0, 'EUR'),
        monthly: money(147_00, 'EUR'),
        monthlyDifference: money(147_00, 'EUR'),
        proration: null,
        tax: null,
      },
    };
    const systems = (entitlements: boolean) =>
      plannedOrder(order, [order.legalEntityId], () => 'HUB', { entitlements }).map(
        ({ system, field }) => `${system} ${field}`,
      );
    assert.deepEqual(
      systems(true).filter((write) => !systems(support.capabilities.entitlements).includes(write)),
      ['SUPPORT Entitlement.seats'],
    );
  });
});
