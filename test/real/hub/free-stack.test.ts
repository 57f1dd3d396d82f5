import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../../../sandbox/start.ts';
import {
  type ActResult,
  AMEND_SUBSCRIPTION,
  CUSTOMER_360,
  PROCESS_BY_ID,
  type Run,
  SUBMIT_ORDER,
} from '../../graph/behaviours/queries.ts';
import { freePort } from '../../support/free-port.ts';
import { eventually, type StartedHub, startHubOver } from '../../support/hub.ts';
import { type TrytonGround, trytonGround, trytonMissing } from '../erp/ground.ts';
import { groundOfRt } from '../support/ground.ts';

interface Customer {
  readonly legalName: string | null;
  readonly receivables: { readonly balance: { amount: string }; readonly overdue: { amount: string } } | null;
  readonly cases: { readonly nodes: readonly { subject: string; status: string }[] } | null;
  readonly subscriptions: {
    readonly nodes: readonly { id: string; status: string; items: readonly { sku: string; quantity: number }[] }[];
  } | null;
}

/** What the seed list says each customer owes, and how much of it is late (README of the scripts). */
const OWED: Readonly<Record<string, { balance: string; overdue: string }>> = {
  'C-1001': { balance: '255.60', overdue: '0.00' },
  'C-1002': { balance: '2718.00', overdue: '2718.00' },
  'C-1003': { balance: '558.80', overdue: '558.80' },
  'C-1004': { balance: '458.40', overdue: '0.00' },
  'C-1008': { balance: '0.00', overdue: '0.00' },
  'C-1010': { balance: '0.00', overdue: '0.00' },
  'C-1011': { balance: '1043.64', overdue: '0.00' },
};
const TICKETS: Readonly<Record<string, number>> = {
  'C-1001': 2,
  'C-1002': 2,
  'C-1003': 1,
  'C-1004': 1,
  'C-1005': 2,
  'C-1006': 1,
  'C-1008': 2,
  'C-1010': 1,
  'C-1011': 1,
};

const desk = groundOfRt();

describe('the hub over a real Tryton and a real Request Tracker', { skip: trytonMissing || desk.skip }, () => {
  let erp: TrytonGround;
  let hub: StartedHub;

  before(async () => {
    erp = await trytonGround();
    await sellSubscriptions(erp);
    const support = { SUPPORT: 'request-tracker', ...(await desk.start()) };
    // CRM and billing are the sandbox's, of a company whose customers carry the numbers of the seed list
    const sandbox = await startSandbox({ customers: 12, firstHubNumber: 1001, latency: { minMs: 0, maxMs: 0 } });
    const played = Object.fromEntries(
      Object.entries(sandbox.environment).filter(([name]) => !/^(NETSUITE|ZENDESK)_/.test(name)),
    );
    hub = await startHubOver(sandbox, { port: await freePort(), env: { ...played, ...erp.env, ...support } });
  });
  after(async () => {
    await hub?.close();
    await desk.stop();
    await erp?.close();
  });

  const ask360 = async (id: string): Promise<Customer> => {
    const { data, errors } = await hub.ask<{ customer: Customer }>(CUSTOMER_360, { id });
    assert.deepEqual(errors, [], id);
    return data.customer;
  };
  const submit = async (input: object): Promise<ActResult> => {
    const { data, errors } = await hub.ask<{ submitOrder: ActResult }>(SUBMIT_ORDER, { input }, 'portal');
    assert.deepEqual(errors, []);
    return data.submitOrder;
  };
  const ended = (id: string): Promise<Run> =>
    eventually(
      `${id} ends`,
      async () => {
        const { data } = await hub.ask<{ process: Run }>(PROCESS_BY_ID, { id }).catch(() => ({ data: null }));
        return data?.process && ['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(data.process.state) && data.process;
      },
      120_000,
    );
  const salesOf = (reference: string) =>
    erp.admin.search('sale.sale', [['reference', 'like', `${reference}%`]], ['state', 'reference']);

  test('the 360 tells what the seed list says each customer owes, and has asked of support', async () => {
    const customers: { code: string; name: string }[] = JSON.parse(
      readFileSync(new URL('../../../../shared/real-systems/customers.json', import.meta.url), 'utf8'),
    );
    for (const { code, name } of customers) {
      const customer = await ask360(code);
      assert.equal(customer.legalName, name);
      const owed = OWED[code];
      if (owed) {
        assert.deepEqual(
          { balance: customer.receivables?.balance.amount, overdue: customer.receivables?.overdue.amount },
          owed,
          code,
        );
      }
      assert.equal(customer.cases?.nodes.length ?? 0, TICKETS[code] ?? 0, code);
    }
  });

  test('an order is opened in the ERP itself, once, and read back with its number', async () => {
    const input = {
      idempotencyKey: 'real-1',
      customerId: 'C-1008',
      currency: 'EUR',
      lines: [{ sku: 'SKU-PUMP', quantity: 2 }],
      waitSeconds: 30,
    };
    const results = await Promise.all([submit(input), submit(input), submit(input)]);
    const [first] = results;
    assert.equal(first?.__typename, 'OrderAccepted', JSON.stringify(first));
    const run = await ended(first.process.id);
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    const sales = (await salesOf(first.process.id)).filter(({ state }) => state !== 'cancelled');
    assert.equal(sales.length, 1);
    assert.equal(new Set(results.map(({ process }) => process.id)).size, 1);
  });

  test('an order above the credit limit is rejected by the verdict, for that reason alone, and the ERP is asked for nothing', async () => {
    const standing = () => erp.admin.search('sale.sale', [['party.code', '=', 'C-1006']], ['state', 'reference']);
    const before = await standing();
    const input = {
      idempotencyKey: 'real-credit',
      customerId: 'C-1006',
      currency: 'EUR',
      lines: [{ sku: 'SKU-PUMP', quantity: 40 }],
      waitSeconds: 30,
    };
    const result = await submit(input);
    assert.equal(result.__typename, 'OrderRejected', JSON.stringify(result));
    assert.deepEqual(
      result.reasons.map(({ code, field }) => `${code} ${field}`),
      ['CREDIT_LIMIT_EXCEEDED lines'],
    );
    assert.deepEqual(await standing(), before);
  });

  test('an amended subscription is taken by billing and the ERP', async () => {
    const before = await ask360('C-1001');
    const subscription = before.subscriptions?.nodes.find(
      ({ status, items }) => status === 'ACTIVE' && items.some(({ sku }) => sku === SOLD[0]),
    );
    const item = subscription?.items.find(({ sku }) => sku === SOLD[0]);
    assert.ok(subscription && item, JSON.stringify(before.subscriptions));
    const input = {
      idempotencyKey: 'real-amend',
      subscriptionId: subscription.id,
      items: [{ sku: item.sku, quantity: item.quantity + 1 }],
      waitSeconds: 30,
    };
    const { data, errors } = await hub.ask<{ amendSubscription: ActResult }>(AMEND_SUBSCRIPTION, { input }, 'portal');
    assert.deepEqual(errors, []);
    assert.equal(data.amendSubscription.__typename, 'AmendmentAccepted', JSON.stringify(data.amendSubscription));
    const run = await ended(data.amendSubscription.process.id);
    // the whole subscription is within the customer's credit, and its company is the one that Tryton works in
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.ok(!run.steps.some(({ name }) => name === 'keep-in-legal-entity'), 'a party belongs to no company');
    const sales = (await salesOf(run.id)).filter(({ state }) => state !== 'cancelled');
    const after = await ask360('C-1001');
    const quantity = after.subscriptions?.nodes
      .find(({ id }) => id === subscription.id)
      ?.items.find(({ sku }) => sku === item.sku)?.quantity;
    assert.deepEqual([sales.length, quantity], [1, item.quantity + 1]);
  });

  test('fifty orders, eight at a time, with the hub killed in between: each once, in the ERP itself', async () => {
    const accepted: string[] = [];
    const waiting = Array.from({ length: 50 }, (_, index) => index);
    const order = (index: number) =>
      eventually(
        `order ${index} is acknowledged`,
        async () => {
          const input = {
            idempotencyKey: `real-many-${index}`,
            customerId: 'C-1008',
            currency: 'EUR',
            lines: [{ sku: 'SKU-PUMP', quantity: 1 }],
          };
          const answer = await hub
            .ask<{ submitOrder: ActResult | null } | null>(SUBMIT_ORDER, { input }, 'portal')
            .catch(() => null);
          // The hub was away, or the ERP had no room for so many: the caller asks again, under the same key.
          if (!answer?.data?.submitOrder) return false;
          assert.equal(answer.data.submitOrder.__typename, 'OrderAccepted', JSON.stringify(answer.data.submitOrder));
          accepted.push(answer.data.submitOrder.process.id);
          return true;
        },
        120_000,
      );
    const caller = async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await order(index);
    };
    const calling = Promise.all(Array.from({ length: 8 }, caller));
    await eventually('some were accepted', async () => accepted.length >= 12, 120_000);
    await hub.kill();
    await hub.start();
    await calling;
    assert.equal(new Set(accepted).size, 50);
    for (const id of accepted) assert.equal((await ended(id)).state, 'COMPLETED', id);
    for (const id of accepted) {
      const sales = (await salesOf(id)).filter(({ state }) => state !== 'cancelled');
      assert.equal(sales.length, 1, id);
    }
  });
});

/** SKUs of the sandbox's subscriptions that the ERP must sell, too. */
const SOLD = ['SUB-CLOUD-BUSINESS', 'SUB-ARCHIVE'];

async function sellSubscriptions({ admin }: TrytonGround): Promise<void> {
  const cloud = await admin.one('product.product', [['code', '=', 'SUB-CLOUD']], ['template', 'default_uom']);
  const template = await admin.one('product.template', [['id', '=', cloud.template]], ['account_category', 'type']);
  for (const sku of SOLD) {
    await admin.create('product.template', {
      name: sku,
      type: template.type,
      default_uom: cloud.default_uom,
      sale_uom: cloud.default_uom,
      salable: true,
      list_price: { __class__: 'Decimal', decimal: '1' },
      account_category: template.account_category,
      products: [['create', [{ suffix_code: sku }]]],
    });
  }
}
