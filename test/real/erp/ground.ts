import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { connectErp } from '../../../subgraphs/erp/connect.ts';
import type { ErpCustomerId } from '../../../subgraphs/erp/model.ts';
import type { ErpPort } from '../../../subgraphs/erp/port.ts';
import type { ErpGround } from '../../contract/erp.ts';
import { realSystem } from '../../support/real-systems.ts';
import { type Admin, adminOf } from './admin.ts';

export interface TrytonGround extends ErpGround {
  readonly admin: Admin;
  /** The hub's settings for this server. */
  readonly env: Readonly<Record<string, string>>;
  /** The customer with the code of the seed list. */
  customer(code: string): ErpCustomerId;
}

/** Why tests with a real Tryton are skipped here; `false` where they run. */
export const trytonMissing = realSystem('tryton').skip;

/** A Tryton in its seeded state behind the port, without a cache, and what the seed lacks of the contract's ground. */
export async function trytonGround(settings: Readonly<Record<string, string>> = {}): Promise<TrytonGround> {
  const system = realSystem('tryton');
  const environment = await system.start();
  try {
    const admin = await adminOf(environment);
    await complete(admin);
    const env = { ...hubSettings(environment), ...settings };
    const parties = await admin.search('party.party', [['code', 'like', 'C-%']], ['code', 'name']);
    const customers = parties
      .map((row) => ({ id: id<'ErpCustomer'>(row.id), hubId: String(row.code), legalName: String(row.name) }))
      .sort((a, b) => Number(b.hubId === BUSY) - Number(a.hubId === BUSY));
    const customer = (code: string): ErpCustomerId => {
      const found = customers.find(({ hubId }) => hubId === code);
      if (!found) throw new Error(`the seed has no ${code}`);
      return found.id;
    };
    const company = { legalEntityId: '1', currency: 'EUR' };
    return {
      admin,
      env,
      customer,
      port: connectTryton(env),
      customers,
      buyer: { id: customer('C-1004'), ...company },
      onHold: { id: customer('C-1007'), ...company },
      withoutTax: null, // Tryton takes an order of products without taxes
      otherLegalEntityId: '2',
      elsewhere: null, // a party belongs to no company
      otherCurrency: 'USD',
      goods: 'SKU-PUMP',
      subscription: 'SUB-CLOUD',
      inactive: 'SKU-OLD',
      customerCount: customers.length,
      close: () => system.stop(),
    };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

/** Two orders and two invoices in the seed. */
const BUSY = 'C-1002';

export const hubSettings = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ERP: 'tryton',
  TRYTON_BASE_URL: environment.TRYTON_URL ?? '',
  TRYTON_DATABASE: environment.TRYTON_DATABASE ?? '',
  TRYTON_USER: environment.TRYTON_USER ?? '',
  TRYTON_PASSWORD: environment.TRYTON_PASSWORD ?? '',
});

/** Breaker and retry belong to the platform's own tests: here each request shows what it alone does. */
export const connectTryton = (env: Readonly<Record<string, string>>): ErpPort =>
  connectErp(env, {
    clock: systemClock,
    log: silentLog,
    cache: null,
    resilience: { breakAfter: 1_000, retryShare: 0 },
  });

/** What a company would have set up: terms, a tax number, stock, a country of its own, a limit that is used up. */
async function complete(admin: Admin): Promise<void> {
  for (const days of [15, 45, 60]) {
    const line = { type: 'remainder', relativedeltas: [['create', [{ days }]]] };
    await admin.create('account.invoice.payment_term', { name: `Net ${days}`, lines: [['create', [line]]] });
  }
  const buyer = await admin.one('party.party', [['code', '=', 'C-1004']]);
  await admin.create('party.identifier', { party: buyer.id, type: 'eu_vat', code: 'CZ25123891' });
  const held = await admin.one('party.party', [['code', '=', 'C-1007']]);
  await admin.write('party.party', held.id, { credit_limit_amount: decimal('0') });

  const company = await admin.one('company.company', [], ['party.addresses']);
  const own = await admin.one('party.address', [['party.name', '=', 'Unified Demo Supplies']]);
  const country = await admin.one('country.country', [['code', '=', 'DE']]);
  await admin.write('party.address', own.id, { country: country.id });

  const pump = await admin.one('product.product', [['code', '=', 'SKU-PUMP']], ['template', 'default_uom']);
  const template = await admin.one('product.template', [['id', '=', pump.template]], ['account_category']);
  await admin.create('product.template', {
    name: 'Pump of yesterday',
    type: 'service',
    default_uom: pump.default_uom,
    sale_uom: pump.default_uom,
    salable: true,
    list_price: decimal('100'),
    account_category: template.account_category,
    products: [['create', [{ suffix_code: 'SKU-OLD', active: false }]]],
  });
  const warehouse = await admin.one('stock.location', [['type', '=', 'warehouse']], ['storage_location']);
  const inventory = await admin.create('stock.inventory', {
    location: warehouse.storage_location,
    company: company.id,
    lines: [['create', [{ product: pump.id, quantity: 10_000 }]]],
  });
  await admin.call('model.stock.inventory.confirm', [inventory]);
}

const decimal = (text: string) => ({ __class__: 'Decimal', decimal: text });
