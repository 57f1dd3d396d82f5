import { id } from '../../platform/ids.ts';
import { type Asked, MILESTONES } from './milestones.ts';
import type { OnboardingMilestone, OnboardingStep } from './schema.generated.ts';
import { asKnown } from './verdicts/known-customer.ts';
import { recordsOf } from './verdicts/records.ts';

/** How far a customer has been brought in, as the systems' records tell it now; null: the register knows no such customer. */
export async function onboardingOf(
  { ports, call }: Pick<Asked, 'ports' | 'call'>,
  customerId: string,
): Promise<OnboardingMilestone[] | null> {
  const [found] = await ports.identity.customers([id<'Customer'>(customerId)], call);
  if (!found) return null;
  const customer = asKnown(found);
  const asked = { ports, customer, records: recordsOf(ports, customer, call), call };
  const [ordered, active, used] = await Promise.all([
    MILESTONES.ORDER_ACCEPTED.reached(asked),
    MILESTONES.CONTRACT_ACTIVE.reached(asked),
    isUsed(asked),
  ]);
  const steps: readonly [OnboardingStep, OnboardingMilestone['owner'], boolean][] = [
    ['ERP_RECORD', 'ERP', customer.erpCustomerId !== null],
    ['BILLING_ACCOUNT', 'BILLING', customer.billingCustomerId !== null],
    ['CRM_ACCOUNT', 'CRM', customer.crmAccountId !== null],
    ['SUPPORT_ORGANISATION', 'SUPPORT', customer.supportOrgId !== null],
    ['ORDER_ACCEPTED', 'ERP', ordered],
    ['CONTRACT_ACTIVE', 'BILLING', active],
    ['USAGE_ACTIVE', 'SUPPORT', used],
  ];
  return steps.map(([milestone, owner, reached]) => ({ milestone, owner, reached }));
}

/** Whether any seat of the newest hundred rights is used. */
async function isUsed({ ports: { support }, customer: { supportOrgId: of }, call }: Asked): Promise<boolean> {
  if (of === null || !support.capabilities.entitlements) return false;
  const [page] = await support.entitlementsOf([{ of, first: 100, after: null }], call);
  return page?.entries.some(({ seatsUsed }) => seatsUsed > 0) === true;
}
