import type { World, WorldCustomer } from '../../sandbox/data/world.ts';
import type { Acknowledgement } from '../../test/invariants/evidence.ts';
import type { KeyName } from '../../test/support/hub.ts';
import type { Ground } from './ground.ts';

/** A mutation whose answer holds a process where it was accepted. */
export interface Act {
  readonly name: string;
  readonly query: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly idempotencyKey: string };
  readonly key: KeyName;
}

/** Asks once, notes what was answered, and says why it was not accepted; null where it was. */
export async function submit({ client }: Ground, act: Act, noted: Acknowledgement[]): Promise<string | null> {
  const note = (answer: Acknowledgement['answer'], processId: string | null, correlationId: string | null) =>
    noted.push({
      ...{ act: act.name, principal: act.key, idempotencyKey: act.input.idempotencyKey },
      ...{ at: new Date().toISOString(), answer, processId, correlationId },
    });
  try {
    const { status, data, errors, correlationId } = await client.ask(act.query, { input: act.input }, act.key);
    const result = data?.[act.name] as { process?: { id: string }; reasons?: unknown } | null | undefined; // as `query` asks
    const [error] = errors;
    if (result?.process !== undefined) {
      note('ACCEPTED', result.process.id, correlationId);
      return null;
    }
    note(result == null ? 'UNKNOWN' : 'REFUSED', null, correlationId);
    return result == null
      ? `${act.input.idempotencyKey}: ${status} ${error?.extensions?.code ?? ''} ${error?.message ?? ''}`
      : `${act.input.idempotencyKey} was refused: ${JSON.stringify(result.reasons)}`;
  } catch (error) {
    note('UNKNOWN', null, null);
    throw error;
  }
}

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
