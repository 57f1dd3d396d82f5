import type { Kind } from '../acts.ts';

const DAY_MS = 86_400_000;

export const AFTER_SALES: readonly Kind[] = [
  {
    weight: 2,
    act: 'openServiceOrder',
    key: 'operator',
    types: ['OpenServiceOrderInput', 'ServiceOrderAccepted'],
    input: ({ broken, service }, _nr, random) =>
      broken && {
        caseId: broken.caseId,
        assetSerialNumber: broken.serialNumber,
        parts: [{ sku: service, quantity: random.int(1, 2) }],
        dispatchOn: new Date(Date.now() + 7 * DAY_MS).toISOString().slice(0, 10),
        acceptCharges: true,
      },
  },
  {
    weight: 1,
    act: 'issueReturn',
    key: 'portal',
    types: ['IssueReturnInput', 'ReturnAccepted'],
    input: ({ delivered }) =>
      delivered && {
        salesOrderId: delivered.salesOrderId,
        lines: [{ sku: delivered.sku, quantity: 1, reason: 'does not fit' }],
      },
  },
];
