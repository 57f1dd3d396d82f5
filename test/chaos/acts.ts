import type { Random } from '../../sandbox/data/random.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import type { KeyName } from '../support/hub.ts';

/** One mutation that a client wants done, and asks for until it is answered. */
export interface Wanted {
  readonly act: string;
  readonly key: KeyName;
  readonly query: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly idempotencyKey: string };
}

/** What acts are made of: a customer whom all systems know, and a subscription of his as the hub tells it. */
export interface Ground {
  readonly customer: WorldCustomer;
  readonly subscription: {
    readonly id: string;
    readonly items: readonly { sku: string; quantity: number }[];
    readonly usage: readonly { sku: string }[];
  } | null;
  /** SKUs sold in the customer's currency. */
  readonly service: string;
  readonly seat: string;
  /** What is to be mended, and the case about it; null: nothing is. */
  readonly broken: { readonly caseId: string; readonly serialNumber: string } | null;
  /** Goods that were delivered; null: none. They are sent back as long as there are any, and as long as it is not too late. */
  readonly delivered: { readonly salesOrderId: string; readonly sku: string } | null;
}

const mutation = (act: string, inputType: string, accepted: string): string =>
  `mutation Act($input: ${inputType}!) { ${act}(input: $input) { __typename ... on ${accepted} { process { id } } } }`;

/** Every kind of act that the run mixes, by how often it comes. A new process gets its line here. */
const KINDS: readonly (readonly [
  number,
  (ground: Ground, nr: number, random: Random) => Omit<Wanted, 'key'> | null,
])[] = [
  [
    5,
    ({ customer, service, seat }, nr, random) => ({
      act: 'submitOrder',
      query: mutation('submitOrder', 'SubmitOrderInput', 'OrderAccepted'),
      input: {
        idempotencyKey: `chaos-${nr}`,
        customerId: customer.hubId,
        currency: customer.currency,
        lines: [
          { sku: service, quantity: 1 },
          { sku: seat, quantity: random.int(1, 5) },
        ],
      },
    }),
  ],
  [
    3,
    ({ subscription }, nr, random) =>
      subscription?.items[0] === undefined
        ? null
        : {
            act: 'amendSubscription',
            query: mutation('amendSubscription', 'AmendSubscriptionInput', 'AmendmentAccepted'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              subscriptionId: subscription.id,
              items: [{ sku: subscription.items[0].sku, quantity: subscription.items[0].quantity + random.int(1, 9) }],
            },
          },
  ],
  [
    1,
    ({ subscription }, nr, random) =>
      subscription === null
        ? null
        : {
            act: 'renewSubscription',
            query: mutation('renewSubscription', 'RenewSubscriptionInput', 'RenewalAccepted'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              subscriptionId: subscription.id,
              termMonths: random.pick([6, 12, 24]),
            },
          },
  ],
  [
    1,
    ({ subscription }, nr) =>
      subscription === null
        ? null
        : {
            act: 'cancelSubscription',
            query: mutation('cancelSubscription', 'CancelSubscriptionInput', 'CancellationAccepted'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              subscriptionId: subscription.id,
              when: 'TERM_END',
              reason: 'moves away',
            },
          },
  ],
  [
    2,
    ({ customer }, nr, random) => ({
      act: 'updateCustomer',
      query: mutation('updateCustomer', 'UpdateCustomerInput', 'CustomerUpdateAccepted'),
      input: {
        idempotencyKey: `chaos-${nr}`,
        customerId: customer.hubId,
        industry: random.pick(['Retail', 'Energy', 'Media']),
        website: `https://site-${nr}.example`,
      },
    }),
  ],
  [
    2,
    ({ broken, service }, nr, random) =>
      broken === null
        ? null
        : {
            act: 'openServiceOrder',
            query: mutation('openServiceOrder', 'OpenServiceOrderInput', 'ServiceOrderAccepted'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              caseId: broken.caseId,
              assetSerialNumber: broken.serialNumber,
              parts: [{ sku: service, quantity: random.int(1, 2) }],
              dispatchOn: new Date(Date.now() + 7 * DAY_MS).toISOString().slice(0, 10),
              acceptCharges: true,
            },
          },
  ],
  [
    1,
    ({ delivered }, nr) =>
      delivered === null
        ? null
        : {
            act: 'issueReturn',
            query: mutation('issueReturn', 'IssueReturnInput', 'ReturnAccepted'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              salesOrderId: delivered.salesOrderId,
              lines: [{ sku: delivered.sku, quantity: 1, reason: 'does not fit' }],
            },
          },
  ],
  [
    2,
    ({ subscription }, nr, random) => {
      const sku = subscription?.usage[0]?.sku;
      return subscription === null || sku === undefined
        ? null
        : {
            act: 'recordUsage',
            query: mutation('recordUsage', 'RecordUsageInput', 'UsageRecorded'),
            input: {
              idempotencyKey: `chaos-${nr}`,
              events: [1, 2, 3].map((nth) => ({
                id: `chaos-${nr}-${nth}`,
                subscriptionId: subscription.id,
                sku,
                quantity: String(random.int(1, 20)),
                occurredAt: new Date().toISOString(),
              })),
            },
          };
    },
  ],
];

const DAY_MS = 86_400_000;

/** The demo's portal key orders and amends; the others need rights of their own. */
const KEYS: Readonly<Record<string, KeyName>> = {
  updateCustomer: 'operator',
  recordUsage: 'operator',
  openServiceOrder: 'operator',
};

export function nextAct(grounds: readonly Ground[], nr: number, random: Random): Wanted {
  for (;;) {
    const ground = grounds[random.int(0, grounds.length - 1)];
    const [first, ...others] = KINDS.map(([weight, make]) => [make, weight] as const);
    if (ground === undefined || first === undefined) throw new Error('there is nothing to act on');
    const wanted = random.weighted([first, ...others])(ground, nr, random);
    if (wanted !== null) return { ...wanted, key: KEYS[wanted.act] ?? 'portal' };
  }
}
