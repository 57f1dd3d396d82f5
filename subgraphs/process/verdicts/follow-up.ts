import type { Call } from '../../../platform/call.ts';
import type { AccountHealth } from '../../crm/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { FollowUpAsked } from '../port.ts';
import type { FollowUp } from '../sagas/follow-up.ts';
import type { Ports } from '../systems.ts';
import { findCustomer, lacks } from './known-customer.ts';
import { collectReasons, rejected, type Verdict } from './verdict.ts';

/** The worse ones last: what happened makes an account no better than somebody judged it. */
const FROM_GOOD_TO_BAD = ['GOOD', 'AT_RISK', 'CRITICAL'] as const satisfies readonly AccountHealth[];

/** Judges whether somebody looks after the customer, and what of its health is to be said. */
export async function judgeFollowUp(
  ports: Ports,
  { customerId, health, task }: FollowUpAsked,
  given: { readonly dueOn: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<{ readonly act: FollowUp; readonly region: string | null }>> {
  const reasons = collectReasons();
  const customer = await findCustomer(ports, customerId, reading, reasons);
  if (customer === null || lacks('CRM', customer.crmAccountId, reasons, 'customerId')) return rejected(reasons);
  const { crmAccountId: accountId } = customer;
  const [account] = accountId === null ? [] : await ports.crm.accounts([accountId], reading);
  if (!account) {
    reasons.add(
      'SYSTEM_LACKS_CUSTOMER',
      'CRM',
      'the CRM holds no account under the id that it is known by',
      'customerId',
    );
    return rejected(reasons);
  }
  const isWorse =
    health !== null &&
    FROM_GOOD_TO_BAD.indexOf(health.value) > (account.health === null ? -1 : FROM_GOOD_TO_BAD.indexOf(account.health));
  const field = 'Customer.accountHealth';
  const writes = isWorse
    ? [{ system: 'CRM', owner: given.ownerOf(field), field, oldValue: account.health, newValue: health.value } as const]
    : [];
  const { subject, text, urgent } = task;
  const act: FollowUp = {
    customer,
    accountId: account.id,
    health: isWorse ? health : null,
    task: { subject, text, urgent, dueOn: given.dueOn },
    writes,
  };
  return { passed: true, plan: { act, region: account.region } };
}
