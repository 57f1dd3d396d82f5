import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, type Money, zero } from '../../../platform/money.ts';
import { coversOn, type InstalledAsset } from '../../erp/model.ts';
import type { Case } from '../../support/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { OpenServiceOrder } from '../sagas/open-service-order.ts';
import type { OpenServiceOrderInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedServiceOrder } from '../writes/open-service-order.ts';
import { isId, judgeEnvelope } from './input.ts';
import { asKnown, lacks, regionOf } from './known-customer.ts';
import { judgeCredit, judgeLines, merged, productsOf, totalOf } from './sold-items.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

const MOST_PARTS = 20;
const MOST_DAYS_AHEAD = 366;
const DAY_MS = 86_400_000;

export interface ServiceOrderPlan {
  readonly act: OpenServiceOrder;
  readonly region: string | null;
  /** What is not mended while it waits: what it would cost. */
  readonly amount: Money;
}

/** Judges case, asset, warranty, parts and, where the customer pays, credit, all in one answer. */
export async function judgeServiceOrder(
  ports: Ports,
  input: OpenServiceOrderInput,
  given: { readonly today: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<ServiceOrderPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  judgeShape(input, given.today, reasons);
  if (!ports.erp.capabilities.serviceOrders) {
    reasons.add('NOT_SUPPORTED', 'ERP', 'the ERP keeps no installed assets and no service orders');
    return rejected(reasons);
  }
  if (input.parts.length > MOST_PARTS) return rejected(reasons); // nothing is asked for what is too much
  const [held, asset, products] = await Promise.all([
    judgeCase(ports, input.caseId, reading, reasons),
    isId(input.assetSerialNumber)
      ? ports.erp.installedAssets([id<'SerialNumber'>(input.assetSerialNumber)], reading).then(([one]) => one ?? null)
      : null,
    productsOf(ports, { lines: input.parts }, reading),
  ]);
  const customer = held === null ? null : await customerOf(ports, held, reading, reasons);
  if (customer === null) {
    judgePlainParts(input, products, reasons);
    return rejected(reasons);
  }
  if (lacks('ERP', customer.erpCustomerId, reasons, 'caseId') || customer.erpCustomerId === null) {
    return rejected(reasons);
  }
  const [[legal], region] = await Promise.all([
    ports.erp.customers([customer.erpCustomerId], reading),
    regionOf(ports, customer.crmAccountId, reading),
  ]);
  if (!legal) {
    lacks('ERP', null, reasons, 'caseId');
    return rejected(reasons);
  }
  const { currency, legalEntityId } = legal;
  if (legalEntityId === null) {
    reasons.add('UNKNOWN_LEGAL_ENTITY', 'ERP', 'the ERP assigned no legal entity to this customer', 'caseId');
  }
  const inParts = renamed(reasons, { lines: 'parts', customerId: 'caseId' });
  const priced = judgeLines({ lines: input.parts, currency }, products, inParts);
  for (const { product, at } of priced) {
    if (product.kind !== 'SUBSCRIPTION') continue;
    reasons.add('BAD_VALUE', 'ERP', `${product.sku} is a subscription; order it by submitOrder`, `parts.${at}.sku`);
  }
  const listed = totalOf(currency, priced);
  const theirs = judgeAsset(asset, customer.erpCustomerId, reasons);
  const covered = theirs !== null && coversOn(theirs, given.today);
  if (theirs !== null && !covered && !input.acceptCharges) {
    const until = theirs.warranty === null ? 'has no warranty' : `was under warranty until ${theirs.warranty.endsOn}`;
    const price = `${amountText(listed)} ${currency}`;
    const message = `${theirs.serialNumber} ${until}; it costs ${price} before tax: send acceptCharges: true to agree`;
    reasons.add('NOT_UNDER_WARRANTY', 'ERP', message, 'acceptCharges');
  }
  if (theirs !== null && !covered) judgeCredit(legal, listed, inParts);
  if (held === null || theirs === null || legalEntityId === null || reasons.all.length > 0) return rejected(reasons);

  const none = zero(currency);
  const due = covered ? none : listed;
  const charges = { currency, oneTime: due, monthly: none, monthlyDifference: none, proration: null, tax: null };
  const act = {
    customer,
    legalEntityId,
    currency,
    caseId: held.id,
    caseNumber: held.number,
    assetSerialNumber: theirs.serialNumber,
    dispatchOn: input.dispatchOn,
    billable: !covered,
    parts: merged(priced),
    charges,
  };
  const writes = plannedServiceOrder(act, given.ownerOf, ports.support.capabilities);
  return { passed: true, plan: { act: { ...act, writes }, region, amount: due } };
}

function judgeShape({ parts, dispatchOn }: OpenServiceOrderInput, today: string, reasons: Reasons): void {
  if (parts.length === 0 || parts.length > MOST_PARTS) {
    reasons.add('BAD_VALUE', 'HUB', `a service order has 1 to ${MOST_PARTS} lines of parts and work`, 'parts');
  }
  const last = new Date(Date.parse(today) + MOST_DAYS_AHEAD * DAY_MS).toISOString().slice(0, 10);
  if (dispatchOn < today || dispatchOn > last) {
    reasons.add('BAD_VALUE', 'HUB', `dispatchOn is from today (${today}) to ${last}`, 'dispatchOn');
  }
}

async function judgeCase({ support }: Ports, caseId: string, call: Call, reasons: Reasons): Promise<Case | null> {
  const [held] = isId(caseId) ? await support.cases([id<'Case'>(caseId)], call) : [];
  if (!held) {
    reasons.add('UNKNOWN_CASE', 'SUPPORT', 'support has no such case; see `Customer.cases`', 'caseId');
    return null;
  }
  if (held.status === 'SOLVED' || held.status === 'CLOSED') {
    const message = `the case is ${held.status}; reopen it or open another one`;
    reasons.add('CASE_STATE', 'SUPPORT', message, 'caseId');
  }
  return held;
}

/** Whose case it is. */
async function customerOf({ identity }: Ports, { orgId }: Case, call: Call, reasons: Reasons) {
  const [found] = orgId === null ? [] : await identity.byExternalId([{ system: 'SUPPORT', externalId: orgId }], call);
  if (found) return asKnown(found);
  const message = 'the case belongs to nobody whom the register knows; link its organization first';
  reasons.add('UNKNOWN_CUSTOMER', 'HUB', message, 'caseId');
  return null;
}

/** The same answer for another customer's asset: what is not theirs is not told. */
function judgeAsset(asset: InstalledAsset | null, customerId: string, reasons: Reasons): InstalledAsset | null {
  if (asset !== null && asset.customerId === customerId) return asset;
  const message = 'the customer of this case has no such asset; see `Customer.installedAssets`';
  reasons.add('UNKNOWN_ASSET', 'ERP', message, 'assetSerialNumber');
  return null;
}

/** What can be said of parts before it is known in which currency they would be sold. */
function judgePlainParts(
  { parts }: OpenServiceOrderInput,
  products: Awaited<ReturnType<typeof productsOf>>,
  reasons: Reasons,
): void {
  parts.forEach(({ sku }, at) => {
    if (products.get(sku)) return;
    reasons.add('UNKNOWN_SKU', 'ERP', 'there is no such product; see `products`', `parts.${at}.sku`);
  });
}

/** Reasons of checks that name the fields of an order's input, under the names of this act's. */
const renamed = (reasons: Reasons, names: Readonly<Record<string, string>>): Reasons => ({
  all: reasons.all,
  add: (code, system, message, field, ...rest) => {
    const [first = '', ...path] = (field ?? '').split('.');
    const own = field === undefined ? undefined : [names[first] ?? first, ...path].join('.');
    reasons.add(code, system, message, own, ...rest);
  },
});
