import { salesforce } from '../data/keys.ts';
import type { World, WorldCustomer, WorldProduct } from '../data/world.ts';
import { idAt, type SalesforceId } from './ids.ts';
import { decimal, RANGE, type SObject, system } from './records.ts';

/** What is quoted for an opportunity that is still open, one of these by turns. */
const OFFERED = ['SUB-CLOUD-TEAM', 'SVC-TRAINING', 'SUB-ANALYTICS', 'GDS-SENSOR-TEMP'] as const;

/** Most lines of all quotes, or of all opportunities, of one customer. */
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
  return customer.quotes.flatMap((_quote, nr) =>
    quoted(customer, nr, world).map((line, at) => {
      position += 1;
      return {
        Id: idAt('QuoteLineItem', customer.index * LINES + position, 'Q8'),
        ...lineRecord(line, customer, world),
        QuoteId: salesforce.quote(customer.index, nr),
        LineNumber: String(at + 1).padStart(8, '0'),
      };
    }),
  );
}

/** The products of a customer's opportunities: those of the synced quote, else what was agreed or ordered; none before there is an offer. */
export function opportunityLineRecords(customer: WorldCustomer, world: World): SObject[] {
  let position = 0;
  return customer.opportunities.flatMap(({ order, agreed }, nr) => {
    const quote = customer.quotes.findLastIndex((one) => one.opportunity === nr);
    const ordered = order === null ? undefined : customer.orders[order]?.lines;
    const lines = quote < 0 ? (agreed ?? ordered ?? []) : quoted(customer, quote, world);
    return lines.map((line, at) => {
      position += 1;
      return {
        Id: idAt('OpportunityLineItem', customer.index * LINES + position, 'Q8'),
        ...lineRecord(line, customer, world),
        OpportunityId: salesforce.opportunity(customer.index, nr),
        SortOrder: at + 1,
      };
    });
  });
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

function quoted(customer: WorldCustomer, nr: number, world: World): readonly Line[] {
  const quote = customer.quotes[nr];
  if (quote === undefined) return [];
  const { order, agreed } = customer.opportunities[quote.opportunity] ?? { order: null };
  if (agreed !== undefined) return agreed;
  return order === null ? offer(customer, nr, quote.total, world) : (customer.orders[order]?.lines ?? []);
}

/** What a line is in either object. */
function lineRecord({ sku, quantity, unitPrice }: Line, { currency }: WorldCustomer, world: World) {
  const index = world.products.findIndex((product) => product.sku === sku);
  return {
    ...system(world),
    Product2Id: productId(index),
    Quantity: quantity,
    UnitPrice: decimal(unitPrice, currency),
    ListPrice: decimal(world.products[index]?.prices[currency] ?? unitPrice, currency),
    Discount: null,
    CurrencyIsoCode: currency,
  };
}

/** As many as the total buys, in two lines where the price of one has to be a minor unit higher for some. */
function offer(customer: WorldCustomer, nr: number, total: number, world: World): readonly Line[] {
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
