import { salesforce } from '../data/keys.ts';
import type { World, WorldCustomer, WorldProduct } from '../data/world.ts';
import { idAt, type SalesforceId } from './ids.ts';
import { decimal, RANGE, type SObject, system } from './records.ts';

/** What is quoted for an opportunity that is still open, one of these by turns. */
const OFFERED = ['SUB-CLOUD-TEAM', 'SVC-TRAINING', 'SUB-ANALYTICS', 'GDS-SENSOR-TEMP'] as const;

/** Most lines of all quotes of one customer. */
const LINES = 4 * RANGE;

const productId = (index: number): SalesforceId => idAt('Product2', index, 'Q8');

/** The price book's products are those that the ERP sells. */
export const productRecords = (world: World): SObject[] =>
  world.products.map(({ sku, name, active }, index) => ({
    Id: productId(index),
    ...system(world),
    Name: name,
    ProductCode: sku,
    IsActive: active,
  }));

/**
 * The lines of a customer's quotes; together they are the quote's total. A won quote offered what was ordered, at list price.
 * An open one offers as many of one product as the amount buys: where it does not come out even, at a little less each.
 */
export function quoteLineRecords(customer: WorldCustomer, world: World): SObject[] {
  let position = 0;
  return customer.quotes.flatMap((quote, nr) => {
    const won = customer.opportunities[quote.opportunity]?.order;
    const lines = won == null ? offer(customer, nr, quote.total, world) : (customer.orders[won]?.lines ?? []);
    return lines.map(({ sku, quantity, unitPrice }, at) => {
      const index = world.products.findIndex((product) => product.sku === sku);
      position += 1;
      return {
        Id: idAt('QuoteLineItem', customer.index * LINES + position, 'Q8'),
        ...system(world),
        QuoteId: salesforce.quote(customer.index, nr),
        Product2Id: productId(index),
        LineNumber: String(at + 1).padStart(8, '0'),
        Quantity: quantity,
        UnitPrice: decimal(unitPrice, customer.currency),
        ListPrice: decimal(world.products[index]?.prices[customer.currency] ?? unitPrice, customer.currency),
        Discount: null,
        CurrencyIsoCode: customer.currency,
      };
    });
  });
}

/** As many as the total buys, in two lines where the price of one has to be a minor unit higher for some. */
function offer(customer: WorldCustomer, nr: number, total: number, world: World) {
  const sku = OFFERED[(customer.index + nr) % OFFERED.length] ?? OFFERED[0];
  const list = world.products.find((product: WorldProduct) => product.sku === sku)?.prices[customer.currency] ?? total;
  const count = Math.max(1, Math.ceil(total / list));
  const unitPrice = Math.floor(total / count);
  const dearer = total - count * unitPrice;
  return [
    { sku, quantity: count - dearer, unitPrice },
    ...(dearer === 0 ? [] : [{ sku, quantity: dearer, unitPrice: unitPrice + 1 }]),
  ];
}

/** Which customer a seeded line belongs to, by its position. */
export const customerOfLine = (position: number): number => Math.floor((position - 1) / LINES);
