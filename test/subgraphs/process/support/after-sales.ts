import { id } from '../../../../platform/ids.ts';
import type { WorldCustomer } from '../../../../sandbox/data/world.ts';
import { coversOn, type InstalledAsset } from '../../../../subgraphs/erp/after-sales.ts';
import type { ErpCustomerId, SalesOrder } from '../../../../subgraphs/erp/model.ts';
import type { Case, SupportOrgId } from '../../../../subgraphs/support/model.ts';
import type { ActAnswer } from './operations.ts';
import { correlated, type Hub } from './systems.ts';

const CHARGES = 'charges { currency oneTime { amount } monthly { amount } monthlyDifference { amount } }';
const RUN = 'process { id kind state reason outcome steps { name system state attempts error } }';
const REASONS = 'reasons { code message field system }';

export const OPEN_SERVICE = `mutation ($input: OpenServiceOrderInput!) { openServiceOrder(input: $input) { __typename
  ... on ServiceOrderAccepted { replayed ${RUN} ${CHARGES} serviceOrder { id } }
  ... on ServiceOrderRejected { ${REASONS} } } }`;
export const ISSUE_RETURN = `mutation ($input: IssueReturnInput!) { issueReturn(input: $input) { __typename
  ... on ReturnAccepted { replayed ${RUN} ${CHARGES} return { id } }
  ... on ReturnRejected { ${REASONS} } } }`;
const PREVIEW = `{ __typename ... on Preview { planId writes { system owner field oldValue newValue } ${CHARGES} }
  ... on PreviewRejected { ${REASONS} } } }`;
export const PREVIEW_SERVICE = `query ($input: OpenServiceOrderInput!) { previewOpenServiceOrder(input: $input) ${PREVIEW}`;
export const PREVIEW_RETURN = `query ($input: IssueReturnInput!) { previewIssueReturn(input: $input) ${PREVIEW}`;

export interface AfterSalesAnswer extends ActAnswer {
  readonly serviceOrder: { id: string } | null;
  readonly return: { id: string } | null;
}

/** Who cannot buy, or is somebody else by now. */
const TROUBLED: ReadonlySet<string> = new Set(['tax-refused', 'credit-hold', 'prospect', 'merged-away', 'collections']);

/** A customer with something to be mended, and an open case about it. */
export interface ServiceGround {
  readonly customer: WorldCustomer;
  readonly erpId: ErpCustomerId;
  readonly asset: InstalledAsset;
  readonly openCase: Case;
  readonly closedCase: Case | null;
}

/** A customer with goods that may still be sent back. */
export interface ReturnGround {
  readonly customer: WorldCustomer;
  readonly order: SalesOrder;
}

/**
 * The healthy customers of the world who have what service orders and returns need, found by what the ports tell.
 * @param enough things out of warranty, and orders to send back, after which no more are looked for
 */
export async function afterSalesGrounds(hub: Hub, enough = Number.POSITIVE_INFINITY) {
  const today = new Date().toISOString().slice(0, 10);
  const windowStart = new Date(Date.now() - 80 * 86_400_000).toISOString().slice(0, 10);
  const covered: ServiceGround[] = [];
  const expired: ServiceGround[] = [];
  const returnable: ReturnGround[] = [];
  const tooOld: ReturnGround[] = [];
  for (const customer of hub.world.customers()) {
    if (expired.length >= enough && returnable.length >= enough) break;
    if (!Object.values(customer.known).every(Boolean) || customer.creditHold) continue;
    if (customer.traits.some((trait) => TROUBLED.has(trait))) continue;
    const [found] = await hub.ports.identity.customers([id(customer.hubId)], correlated);
    const erpId = id<'ErpCustomer'>(found?.externalIdBySystem.ERP ?? '');
    const orgId = id<'SupportOrg'>(found?.externalIdBySystem.SUPPORT ?? '') as SupportOrgId;
    const first = { first: 50, after: null };
    const [[assets], [cases], [orders], [legal]] = await Promise.all([
      hub.ports.erp.installedAssetsOf([{ of: erpId, ...first }], correlated),
      hub.ports.support.casesOf([{ of: orgId, ...first }], correlated),
      hub.ports.erp.salesOrdersOf([{ of: erpId, ...first }], correlated),
      hub.ports.erp.customers([erpId], correlated),
    ]);
    const open = cases?.entries.filter(({ status }) => status !== 'SOLVED' && status !== 'CLOSED') ?? [];
    const closedCase = cases?.entries.find(({ status }) => status === 'CLOSED') ?? null;
    for (const openCase of legal?.credit.status === 'HOLD' ? [] : open) {
      const under = assets?.entries.find((asset) => coversOn(asset, today));
      const over = assets?.entries.find((asset) => !coversOn(asset, today));
      if (over !== undefined) expired.push({ customer, erpId, asset: over, openCase, closedCase });
      else if (under !== undefined) covered.push({ customer, erpId, asset: under, openCase, closedCase });
    }
    for (const order of orders?.entries ?? []) {
      if (order.status !== 'BILLED' && order.status !== 'CLOSED') continue;
      if ((order.lines[0]?.fulfilledQuantity ?? 0) < 1) continue;
      (order.orderedOn >= windowStart ? returnable : tooOld).push({ customer, order });
      break;
    }
  }
  const next = <Ground>(grounds: Ground[], what: string): Ground => {
    const ground = grounds.shift();
    if (ground === undefined) throw new Error(`the world has no further customer ${what}`);
    return ground;
  };
  return {
    counts: { covered: covered.length, expired: expired.length, returnable: returnable.length },
    /** Each is given out once. */
    covered: () => next(covered, 'with something under warranty'),
    expired: () => next(expired, 'with something out of warranty'),
    returnable: () => next(returnable, 'with goods to send back'),
    tooOld: () => next(tooOld, 'with goods delivered long ago'),
  };
}

export const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);

export const serviceInput = ({ asset, openCase }: ServiceGround, key: string, more: object = {}) => ({
  idempotencyKey: key,
  caseId: openCase.id,
  assetSerialNumber: asset.serialNumber,
  parts: [
    { sku: 'GDS-CABLE-5M', quantity: 2 },
    { sku: 'SVC-REPAIR', quantity: 1 },
  ],
  dispatchOn: tomorrow(),
  waitSeconds: 30,
  ...more,
});

export const returnInput = ({ order }: ReturnGround, key: string, more: object = {}) => ({
  idempotencyKey: key,
  salesOrderId: order.id,
  lines: [{ sku: order.lines[0]?.sku, quantity: 1, reason: 'does not fit the pipe' }],
  waitSeconds: 30,
  ...more,
});
