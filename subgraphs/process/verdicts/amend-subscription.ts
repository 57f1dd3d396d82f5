import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, subtract, zero } from '../../../platform/money.ts';
import type { Amendment, ChargePreview, Subscription, SubscriptionStatus } from '../../billing/model.ts';
import type { LegalEntity } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { AmendSubscription } from '../sagas/amend-subscription.ts';
import type { AmendSubscriptionInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedAmendment } from '../writes/amend-subscription.ts';
import { judgeItems } from './amended-items.ts';
import { isId, judgeEnvelope } from './input.ts';
import { asKnown, lacks, regionOf } from './known-customer.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

export interface AmendmentPlan {
  readonly act: AmendSubscription;
  readonly region: string | null;
  readonly amount: Money;
}

/** What may be amended: a subscription that runs. */
const AMENDABLE: ReadonlySet<SubscriptionStatus> = new Set(['TRIALING', 'ACTIVE', 'PAST_DUE']);

/** Judges identifiers, contract state, items, terms and billing entity, all in one answer; billing says what it costs. */
export async function judgeAmendment(
  ports: Ports,
  input: AmendSubscriptionInput,
  given: { readonly today: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<AmendmentPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  const effectiveOn = input.effectiveOn ?? given.today;
  if (effectiveOn < given.today) {
    reasons.add('BAD_VALUE', 'HUB', `effectiveOn is today (${given.today}) or later`, 'effectiveOn');
  }
  const [subscription] = isId(input.subscriptionId)
    ? await ports.billing.subscriptions([id<'Subscription'>(input.subscriptionId)], reading)
    : [];
  if (!subscription) {
    reasons.add('UNKNOWN_SUBSCRIPTION', 'BILLING', 'billing has no such subscription', 'subscriptionId');
    return rejected(reasons);
  }
  judgeState(subscription, reasons);
  judgeNextTerm(subscription, given.today, reasons);
  const [[found], [entities], after] = await Promise.all([
    ports.identity.byExternalId([{ system: 'BILLING', externalId: subscription.customerId }], reading),
    ports.erp.legalEntities(['all'], reading),
    judgeItems(ports, input.items ?? null, subscription, reading, reasons),
  ]);
  const entity = judgeEntity(input, subscription, entities ?? [], reasons);
  if (!found) {
    reasons.add(
      'UNKNOWN_CUSTOMER',
      'HUB',
      'the subscription belongs to a customer that the register does not know; link it first',
      'subscriptionId',
    );
    return rejected(reasons);
  }
  const customer = asKnown(found);
  if (ports.support.capabilities.entitlements) lacks('SUPPORT', customer.supportOrgId, reasons, 'subscriptionId');
  if (lacks('ERP', customer.erpCustomerId, reasons, 'subscriptionId') || customer.erpCustomerId === null) {
    return rejected(reasons);
  }
  const [[legal], [keptIn = []], region] = await Promise.all([
    ports.erp.customers([customer.erpCustomerId], reading),
    ports.erp.legalEntitiesOf([customer.erpCustomerId], reading),
    regionOf(ports, customer.crmAccountId, reading),
  ]);
  const paymentTerms = input.paymentTerms ?? null;
  const termsChange = paymentTerms !== null && paymentTerms !== (subscription.paymentTerms ?? legal?.paymentTerms);
  const entityChanges = entity !== null && entity.id !== subscription.legalEntityId;
  if (!after.changed && !termsChange && !entityChanges && reasons.all.length === 0) {
    reasons.add('NOTHING_TO_CHANGE', 'HUB', 'the subscription is as asked already; change items, terms or entity');
  }
  const legalEntityId = entity?.id ?? legal?.legalEntityId ?? null;
  if (legalEntityId === null) {
    reasons.add(
      'UNKNOWN_LEGAL_ENTITY',
      'ERP',
      'the customer has no legal entity; name one of `legalEntities`',
      'billingEntityId',
    );
  }
  const entityIsNew = legalEntityId !== null && !keptIn.includes(legalEntityId);
  // One that the caller named was judged above.
  if (entityIsNew && entity !== null && input.billingEntityId == null && entity.currency !== subscription.currency) {
    reasons.add(
      'WRONG_CURRENCY',
      'ERP',
      `the subscription is billed by ${entity.name}, in which the ERP does not keep the customer, and which bills in ${entity.currency}, not ${subscription.currency}; name another`,
      'billingEntityId',
    );
  }
  if (reasons.all.length > 0 || legalEntityId === null) return rejected(reasons);

  const amendment: Amendment = {
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    effectiveOn,
    items: after.items,
    legalEntityId: entity?.id ?? subscription.legalEntityId,
    paymentTerms: paymentTerms ?? subscription.paymentTerms,
  };
  const preview = await previewOf(ports, amendment, reading, reasons);
  if (preview === null) return rejected(reasons);
  const difference = subtract(preview.monthlyAfter, preview.monthlyBefore);
  const act = {
    customer,
    amendment,
    currency: subscription.currency,
    contractId: subscription.contractId,
    legalEntityId,
    entityIsNew,
    paymentTerms: termsChange ? paymentTerms : null,
    endsOn: subscription.cancelledOn,
    charges: {
      currency: subscription.currency,
      oneTime: zero(subscription.currency),
      monthly: preview.monthlyAfter,
      monthlyDifference: difference,
      proration: preview.proration,
      tax: null,
    },
  };
  return {
    passed: true,
    plan: {
      act: {
        ...act,
        writes: plannedAmendment(act, { subscription, preview, keptIn }, given.ownerOf, ports.support.capabilities),
      },
      region,
      // What hangs on it: the change; where nothing but terms changes, the whole month.
      amount: difference.minor === 0n ? preview.monthlyAfter : magnitude(difference),
    },
  };
}

function judgeState({ status, cancelledOn }: Subscription, reasons: Reasons): void {
  if (AMENDABLE.has(status)) return;
  const why = cancelledOn === null ? `is ${status}` : `ended on ${cancelledOn}`;
  reasons.add(
    'CONTRACT_STATE',
    'BILLING',
    `the subscription ${why}; only one that is ${[...AMENDABLE].join(', ')} can be amended`,
    'subscriptionId',
  );
}

/** What is amended now would be gone when the agreed term begins, which has items of its own. */
function judgeNextTerm({ agreedTerm }: Subscription, today: string, reasons: Reasons): void {
  if (agreedTerm === null || agreedTerm.startsOn <= today) return;
  const message = `a renewal is agreed from ${agreedTerm.startsOn}, with items of its own; amend from that day on`;
  reasons.add('CONTRACT_STATE', 'BILLING', message, 'subscriptionId');
}

/** The own company that bills after the amendment; null: none was found, or none is named anywhere. */
function judgeEntity(
  { billingEntityId }: AmendSubscriptionInput,
  { currency, legalEntityId }: Subscription,
  entities: readonly LegalEntity[],
  reasons: Reasons,
): LegalEntity | null {
  const entity = entities.find((one) => one.id === (billingEntityId ?? legalEntityId)) ?? null;
  if (billingEntityId == null) return entity;
  if (entity === null) {
    reasons.add(
      'UNKNOWN_LEGAL_ENTITY',
      'ERP',
      'there is no such legal entity; name one of `legalEntities`',
      'billingEntityId',
    );
  } else if (entity.currency !== currency) {
    reasons.add(
      'WRONG_CURRENCY',
      'ERP',
      `${entity.name} bills in ${entity.currency}; the subscription is in ${currency}`,
      'billingEntityId',
    );
  }
  return entity;
}

async function previewOf(
  { billing }: Ports,
  amendment: Amendment,
  call: Call,
  reasons: Reasons,
): Promise<ChargePreview | null> {
  try {
    return await billing.previewAmendment(amendment, call);
  } catch (error) {
    if (errorCode(error) !== 'REFUSED' && errorCode(error) !== 'INVALID') throw error;
    reasons.add('CONTRACT_STATE', 'BILLING', (error as Error).message, 'subscriptionId');
    return null;
  }
}

const magnitude = (value: Money): Money => ({ ...value, minor: value.minor < 0n ? -value.minor : value.minor });
