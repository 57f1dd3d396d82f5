import type { Kind } from '../acts.ts';

export const ORDERS: readonly Kind[] = [
  {
    weight: 5,
    act: 'submitOrder',
    key: 'portal',
    types: ['SubmitOrderInput', 'OrderAccepted'],
    input: ({ customer, service, seat }, _nr, random) => ({
      customerId: customer.hubId,
      currency: customer.currency,
      lines: [
        { sku: service, quantity: 1 },
        { sku: seat, quantity: random.int(1, 5) },
      ],
    }),
  },
];
