import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, sum } from '../../../platform/money.ts';
import type { Subscription } from '../../billing/model.ts';
import type { LegalEntity } from '../../erp/model.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import type { ChangeBillingEntity } from '../sagas/change-billing-entity.ts';
import type { ChangeBillingEntityInput } from '../schema.generated.ts';
import { monthlyOf } from '../steps/billing/contracted-monthly.ts';
import type { Ports } from '../systems.ts';
import { plannedMove } from '../writes/change-billing-entity.ts';
import { judgeEnvelope } from './input.ts';
import { findCustomer, lacks, regionOf } from './known-customer.ts';
import { findRunning } from './running-subscription.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

/** Most subscriptions of a customer that are moved at once. */
const MOST_MOVED = 50;
const MOVABLE: readonly Subscription['status'][] = ['TRIALING', 'ACTIVE', 'PAST_DUE'];

export interface MovePlan {
  readonly act: ChangeBillingEntity;
  readonly region: string | null;
  readonly amount: Money;
}

/** Judges the company, the day, and each subscription by itself: every one that cannot move is named. */
export async function judgeMove(
  ports: Ports,
  input: ChangeBillingEntityInput,
  given: {
    readonly today: string;
    readonly ownerOf: (field: string) => PlannedWrite['owner'];
    /** The process that is changing a subscription; null: none is. */
    readonly holderOf: (subscriptionId: string) => Promise<string | null>;
  },
  reading: Call,
): Promise<Verdict<MovePlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  const effectiveOn = input.effectiveOn ?? given.today;
  if (effectiveOn < given.today) {
    reasons.add('BAD_VALUE', 'HUB', `effectiveOn is today (${given.today}) or later`, 'effectiveOn');
  }
  const [found, entities] = await Promise.all([
    whatMoves(ports, input, reading, reasons),
    ports.erp.legalEntities(['all'], reading).then(([all]) => all ?? []),
  ]);
  const entity = entities.find((one) => one.id === input.billingEntityId) ?? null;
  if (entity === null) {
    const message = 'there is no such legal entity; name one of `legalEntities`';
    reasons.add('UNKNOWN_LEGAL_ENTITY', 'ERP', message, 'billingEntityId');
  }
  if (found === null || entity === null) return rejected(reasons);
  const { customer, subscriptions, field } = found;
  const { erpCustomerId } = customer;
  if (lacks('ERP', erpCustomerId, reasons, field) || erpCustomerId === null) return rejected(reasons);
  const moving = subscriptions.filter((one) => one.status !== 'CANCELLED' && one.legalEntityId !== entity.id);
  for (const one of moving) await judgeOne(one, entity, effectiveOn, field, given.holderOf, reasons);
  const [first] = moving;
  if (first === undefined && reasons.all.length === 0) {
    const message = `nothing moves: ${entity.name} bills all of it already`;
    reasons.add('NOTHING_TO_CHANGE', 'HUB', message, 'billingEntityId');
  }
  if (moving.length > MOST_MOVED) {
    const message = `at most ${MOST_MOVED} subscriptions are moved at once; name them one by one`;
    reasons.add('BAD_VALUE', 'HUB', message, field);
  }
  if (first === undefined || reasons.all.length > 0) return rejected(reasons);
  const [[keptIn = []], region] = await Promise.all([
    ports.erp.legalEntitiesOf([erpCustomerId], reading),
    regionOf(ports, customer.crmAccountId, reading),
  ]);
  const act = {
    customer,
    legalEntityId: entity.id,
    entityIsNew: !keptIn.includes(entity.id),
    effectiveOn,
    currency: first.currency,
    amendments: moving.map((one) => ({
      subscriptionId: one.id,
      customerId: one.customerId,
      effectiveOn,
      items: one.items.map(({ sku, quantity }) => ({ sku, quantity })),
      legalEntityId: entity.id,
      paymentTerms: one.paymentTerms,
    })),
    orders: moving.map((one) => ({
      customerId: erpCustomerId,
      legalEntityId: entity.id,
      currency: one.currency,
      subscriptionId: one.id,
      contractId: one.contractId,
      effectiveOn,
      lines: one.items.map(({ sku, quantity, unitPrice }) => ({ sku: id<'Sku'>(sku), quantity, unitPrice })),
      paymentTerms: null,
    })),
  };
  const writes = plannedMove(act, { moving, keptIn }, given.ownerOf);
  const amount = sum(
    first.currency,
    moving.map(({ items, currency }) => monthlyOf(items, currency)),
  );
  return { passed: true, plan: { act: { ...act, writes }, region, amount } };
}

/** The customer, and those of the subscriptions that the input names; null, with the reasons told, where it names none. */
async function whatMoves(
  ports: Ports,
  { customerId, subscriptionId }: ChangeBillingEntityInput,
  call: Call,
  reasons: Reasons,
): Promise<{ customer: KnownCustomer; subscriptions: readonly Subscription[]; field: string } | null> {
  if ((customerId == null) === (subscriptionId == null)) {
    const message = 'name either a customer, for all subscriptions, or one subscription';
    reasons.add('BAD_VALUE', 'HUB', message, customerId == null ? 'customerId' : 'subscriptionId');
    return null;
  }
  if (subscriptionId != null) {
    const running = await findRunning(ports, subscriptionId, call, reasons);
    if (running === null) return null;
    return { customer: running.customer, subscriptions: [running.subscription], field: 'subscriptionId' };
  }
  const customer = await findCustomer(ports, customerId ?? '', call, reasons);
  if (customer === null || lacks('BILLING', customer.billingCustomerId, reasons, 'customerId')) return null;
  const of = customer.billingCustomerId;
  const [page] = of === null ? [] : await ports.billing.subscriptionsOf([{ of, first: 100, after: null }], call);
  return { customer, subscriptions: page?.entries ?? [], field: 'customerId' };
}

/** Whether this subscription can move; each reason names it. */
async function judgeOne(
  one: Subscription,
  entity: LegalEntity,
  effectiveOn: string,
  field: string,
  holderOf: (subscriptionId: string) => Promise<string | null>,
  reasons: Reasons,
): Promise<void> {
  const cannot = (code: Parameters<Reasons['add']>[0], system: 'BILLING' | 'ERP' | 'HUB', why: string, at = field) =>
    reasons.add(code, system, `${one.id} cannot move: ${why}`, at);
  if (!MOVABLE.includes(one.status)) {
    cannot('CONTRACT_STATE', 'BILLING', `it is ${one.status}; settle or cancel it first`);
  }
  if (one.currency !== entity.currency) {
    cannot(
      'WRONG_CURRENCY',
      'ERP',
      `${entity.name} bills in ${entity.currency}, not ${one.currency}`,
      'billingEntityId',
    );
  }
  if (effectiveOn > one.currentTermEndsOn) {
    cannot(
      'BAD_VALUE',
      'BILLING',
      `its billing period ends on ${one.currentTermEndsOn}; choose a day until then`,
      'effectiveOn',
    );
  }
  const holder = await holderOf(one.id);
  if (holder !== null)
    cannot('PROCESS_RUNNING', 'HUB', `process ${holder} is changing it; come again when it has ended`);
}
