import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { salesforce } from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { judgeQuote } from '../../../subgraphs/process/verdicts/validate-quote.ts';
import { correlated, type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

const VALIDATE = `query ($input: ValidateQuoteInput!) { validateQuote(input: $input) {
  valid findings { severity code system field message expected } customer { id } legalEntityId
  lines { sku quantity listPrice { amount } unitPrice { amount } discountPercent }
  charges { quoted { oneTime { amount } monthly { amount } } erp { oneTime { amount } monthly { amount } }
    billingMonthly { amount currency } tax { amount } } } }`;

interface Verdict {
  readonly valid: boolean;
  readonly findings: readonly {
    severity: string;
    code: string;
    system: string;
    field: string | null;
    message: string;
    expected: string | null;
  }[];
  readonly customer: { id: string } | null;
  readonly legalEntityId: string | null;
  readonly lines: readonly {
    sku: string;
    quantity: number;
    listPrice: { amount: string };
    unitPrice: { amount: string };
    discountPercent: number;
  }[];
  readonly charges: {
    quoted: { oneTime: { amount: string }; monthly: { amount: string } };
    erp: { oneTime: { amount: string }; monthly: { amount: string } };
    billingMonthly: { amount: string } | null;
  } | null;
}

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('client');
});
after(() => hub.close());

const validate = async (input: object, as = {}): Promise<Verdict> =>
  (await hub.ask<{ validateQuote: Verdict }>(VALIDATE, { input }, as)).validateQuote;

const priceOf = (sku: string, currency: string): number =>
  (hub.world.products.find((one) => one.sku === sku)?.prices[currency] ?? 0) / 100;

const linesOf = (customer: WorldCustomer) => ({
  customerId: customer.hubId,
  currency: customer.currency,
  lines: [
    { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', customer.currency), quantity: 2 },
  ],
});

const told = ({ findings }: Verdict) =>
  findings.map(({ severity, code, system, field, expected }) =>
    [severity, code, system, field, expected].filter((part) => part !== null).join(' '),
  );

test('a quote at list price is valid, and billing charges what the ERP does', async () => {
  const customer = hub.freshCustomer('EUR');
  const verdict = await validate({ ...linesOf(customer), paymentTerms: customer.paymentTerms });
  assert.deepEqual([verdict.valid, verdict.findings], [true, []], JSON.stringify(verdict.findings));
  assert.deepEqual([verdict.customer?.id, verdict.legalEntityId], [customer.hubId, customer.legalEntityId]);
  const { quoted, erp, billingMonthly } = verdict.charges ?? assert.fail('no charges');
  assert.deepEqual(quoted, erp);
  assert.equal(billingMonthly?.amount, erp.monthly.amount);
  assert.ok(Number(erp.oneTime.amount) > 0 && Number(erp.monthly.amount) > 0);
  assert.deepEqual(hub.sandbox.ledger('stripe'), [], 'nothing was written');
});

test('a quote of the CRM is judged by its own lines', async () => {
  const at = [...hub.world.customers()].find(
    ({ quotes, known, traits, currency }) =>
      currency === 'EUR' &&
      traits.length === 0 &&
      Object.values(known).every(Boolean) &&
      quotes.some(({ status }) => status === 'PRESENTED'),
  );
  assert.ok(at);
  const nr = at.quotes.findIndex(({ status }) => status === 'PRESENTED');
  const verdict = await validate({ quoteId: salesforce.quote(at.index, nr) });
  assert.equal(verdict.customer?.id, at.hubId);
  const { quoted } = verdict.charges ?? assert.fail('no charges');
  const total = Number(quoted.oneTime.amount) + Number(quoted.monthly.amount);
  assert.equal(Math.round(total * 100), at.quotes[nr]?.total);
  for (const { discountPercent } of verdict.lines) assert.ok(discountPercent >= 0);
});

test('an expired quote and an unknown one are told as such', async () => {
  const at = [...hub.world.customers()].find(
    ({ quotes, known }) => quotes.length > 0 && Object.values(known).every(Boolean),
  );
  assert.ok(at);
  const quoteId = salesforce.quote(at.index, 0);
  const later = { today: '2099-01-01', mostDiscountPercent: 100 };
  const { findings } = await judgeQuote(hub.ports, { quoteId }, later, correlated);
  const expired = findings.find(({ code }) => code === 'QUOTE_EXPIRED');
  assert.deepEqual([expired?.system, expired?.field, expired?.expected], ['CRM', 'quoteId', later.today]);
  const unknown = await validate({ quoteId: salesforce.quote(99_999, 0) });
  assert.deepEqual(told(unknown), ['ERROR UNKNOWN_QUOTE CRM quoteId']);
  assert.deepEqual([unknown.valid, unknown.customer, unknown.charges], [false, null, null]);
  assert.deepEqual(await validate({ quoteId: "'; DROP" }), unknown);
});

test('a discount beyond the limit and a price above the list are errors; one within it is a warning of what billing charges', async () => {
  const customer = hub.freshCustomer('EUR');
  const { lines, ...quote } = linesOf(customer);
  const [service, seat] = lines.map(({ sku }) => priceOf(sku, 'EUR'));
  assert.ok(service && seat);
  const priced = (one: number, other: number) => [
    { ...lines[0], unitPrice: one.toFixed(2) },
    { ...lines[1], unitPrice: other.toFixed(2) },
  ];
  const wrong = await validate({ ...quote, lines: priced(service * 0.79, seat + 1) });
  assert.deepEqual(told(wrong), [
    `ERROR DISCOUNT_TOO_HIGH HUB lines.0.unitPrice ${(service * 0.8).toFixed(2)}`,
    `ERROR PRICE_CHANGED ERP lines.1.unitPrice ${seat.toFixed(2)}`,
    `WARNING PRICE_CHANGED BILLING lines ${(seat * 2).toFixed(2)}`,
  ]);
  const right = await validate({ ...quote, lines: priced(service * 0.8, seat * 0.9) });
  assert.deepEqual(
    [right.valid, told(right)],
    [true, [`WARNING PRICE_CHANGED BILLING lines ${(seat * 2).toFixed(2)}`]],
  );
  assert.deepEqual(
    right.lines.map(({ discountPercent }) => discountPercent),
    [20, 10],
  );
});

test('each bad input is named with its path and what would be right', async () => {
  const customer = hub.freshCustomer('EUR');
  const quote = linesOf(customer);
  const [line] = quote.lines;
  const soldOut = { sku: 'GDS-CALKIT', quantity: 1 };
  const other = customer.paymentTerms === 'NET_60' ? 'NET_15' : 'NET_60';
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{}, ['customerId', 'currency', 'lines'].map((name) => `ERROR BAD_VALUE HUB ${name}`)],
    [{ ...quote, quoteId: '0Q0' }, ['customerId', 'currency', 'lines'].map((name) => `ERROR BAD_VALUE HUB ${name}`)],
    [{ ...quote, customerId: 'C-0' }, ['ERROR UNKNOWN_CUSTOMER HUB customerId']],
    [{ ...quote, lines: [] }, ['ERROR BAD_VALUE HUB lines']],
    [{ ...quote, lines: [{ ...line, quantity: 0 }] }, ['ERROR BAD_QUANTITY HUB lines.0.quantity']],
    [{ ...quote, lines: [line, { sku: 'NO-SUCH', quantity: 1 }] }, ['ERROR UNKNOWN_SKU ERP lines.1.sku']],
    [{ ...quote, lines: [soldOut] }, ['ERROR OUT_OF_STOCK ERP lines.0.quantity 0']],
    [{ ...quote, legalEntityId: '99' }, ['ERROR UNKNOWN_LEGAL_ENTITY ERP legalEntityId']],
    [{ ...quote, paymentTerms: other }, [`ERROR BAD_VALUE ERP paymentTerms ${customer.paymentTerms}`]],
    [{ ...quote, lines: [{ ...line, unitPrice: '-1' }] }, ['ERROR BAD_VALUE HUB lines.0.unitPrice']],
    [{ ...quote, lines: Array(101).fill(line) }, ['ERROR BAD_VALUE HUB lines']],
  ];
  for (const [input, findings] of cases) {
    const verdict = await validate(input);
    assert.deepEqual(told(verdict), findings, JSON.stringify(input).slice(0, 200));
    assert.equal(verdict.valid, false);
  }
});

test('the state of the account is told by the system that holds it: credit by the ERP, collections by billing', async () => {
  const held = await validate(linesOf(hub.customerWith('credit-hold')));
  assert.ok(told(held).includes('ERROR CREDIT_HOLD ERP customerId'), told(held).join('\n'));
  const owing = await validate(linesOf(hub.customerWith('collections')));
  assert.ok(told(owing).includes('ERROR ACCOUNT_STATUS BILLING customerId CURRENT'), told(owing).join('\n'));
});

test('a customer whom only the CRM knows is told which systems lack it', async () => {
  const verdict = await validate(linesOf(hub.customerWith('prospect')));
  assert.deepEqual(
    told(verdict),
    ['ERP', 'BILLING', 'SUPPORT'].map((system) => `ERROR SYSTEM_LACKS_CUSTOMER ${system} customerId`),
  );
});

test('a caller with rows is told of another’s customer and quote as of unknown ones', async () => {
  const mine = hub.freshCustomer('EUR');
  const as = { rows: { customers: [mine.hubId] } };
  const at = [...hub.world.customers()].find(({ quotes, hubId }) => quotes.length > 0 && hubId !== mine.hubId);
  assert.ok(at);
  const quote = await validate({ quoteId: salesforce.quote(at.index, 0) }, as);
  assert.deepEqual(told(quote), ['ERROR UNKNOWN_QUOTE CRM quoteId']);
  assert.deepEqual(told(await validate({ ...linesOf(mine), customerId: at.hubId }, as)), [
    'ERROR UNKNOWN_CUSTOMER HUB customerId',
  ]);
});

test('a system that does not answer fails the whole verdict', async () => {
  const { hubId, currency } = hub.freshCustomer('EUR');
  const fault = {
    vendor: 'stripe',
    kind: 'status',
    match: '.*',
    status: 503,
    body: '{}',
    contentType: 'application/json',
  } as const;
  hub.sandbox.addFault(fault);
  const errors = await hub.errorsOf(VALIDATE, { input: { ...linesOf({ hubId, currency } as WorldCustomer) } });
  assert.equal(errors[0]?.code, 'UNAVAILABLE', JSON.stringify(errors));
  hub.sandbox.removeFaults();
});
