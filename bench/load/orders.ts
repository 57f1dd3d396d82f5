import type { World, WorldCustomer } from '../../sandbox/data/world.ts';
import type { Act } from './submit.ts';

const SUBMIT_ORDER = /* GraphQL */ `
  mutation ($input: SubmitOrderInput!) {
    submitOrder(input: $input) {
      ... on OrderAccepted { process { id } }
      ... on OrderRejected { reasons { code field message } }
    }
  }
`;

/** An order that ends up in all systems, and small, so that nobody's credit ends before the run does. */
export const orderOf = ({ hubId, currency }: WorldCustomer, nr: number): Act => ({
  name: 'submitOrder',
  query: SUBMIT_ORDER,
  key: 'portal',
  input: {
    idempotencyKey: `load-${nr}`,
    customerId: hubId,
    currency,
    lines: [
      { sku: 'SVC-CALIBRATE', quantity: 1 },
      { sku: 'SUB-ALERTS', quantity: 1 },
    ],
  },
});

/** Customers whose credit takes `orders` of them, in the order of the world. */
export const withRoom = (customers: readonly WorldCustomer[], world: World, orders: number): WorldCustomer[] =>
  customers.filter(({ creditLimit, currency, orders: placed, invoices }) => {
    const price = ['SVC-CALIBRATE', 'SUB-ALERTS'].reduce(
      (sum, sku) => sum + (world.products.find((product) => product.sku === sku)?.prices[currency] ?? Number.NaN),
      0,
    );
    const owed = [...placed.map(({ net, tax }) => net + tax), ...invoices.map(({ balance }) => balance)];
    return creditLimit === null || creditLimit - owed.reduce((sum, one) => sum + one, 0) > 2 * orders * price;
  });
