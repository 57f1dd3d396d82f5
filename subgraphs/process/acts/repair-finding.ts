import { type Finding, noteRepair } from '../../../events/reconcile/finding-store.ts';
import { id } from '../../../platform/ids.ts';
import { type Money, moneyOf, zero } from '../../../platform/money.ts';
import { reachable } from '../../../platform/saga/persistent.ts';
import type { Context } from '../loaders.ts';
import type { ChargeSummary } from '../model.ts';
import { type RepairFinding, repairFinding } from '../sagas/repair-finding.ts';
import type { Rejection, RepairFindingInput } from '../schema.generated.ts';
import { asKnown, regionOf } from '../verdicts/known-customer.ts';
import { judgeRepair } from '../verdicts/repair-finding.ts';
import { collectReasons } from '../verdicts/verdict.ts';
import { type ActRules, acceptAct } from './accept.ts';

const NAME = { act: 'repairFinding', kind: repairFinding.name };

/** Repairs what reconciliation found as a process; what is at stake is the amount that limits and approvals are judged by. */
export const repairFindingAct = (context: Context, input: RepairFindingInput) =>
  acceptAct(context, NAME, input, rules(context, input));

const rules = (context: Context, { findingId }: RepairFindingInput): ActRules<RepairFinding, readonly Rejection[]> => ({
  judge: async (processId) => {
    const { ports, call, principal } = context;
    const reading = { ...call, fresh: true };
    const reasons = collectReasons();
    const [finding] = await reachable(context.findingsFor(principal.rows).find([findingId]));
    if (!finding) {
      reasons.add('UNKNOWN_FINDING', 'HUB', 'there is no such finding; take its id from `findings`', 'findingId');
      return { no: reasons.all };
    }
    if (finding.state !== 'OPEN') {
      reasons.add(
        'FINDING_NOT_OPEN',
        'HUB',
        `the finding is ${finding.state}; only an open one is repaired`,
        'findingId',
      );
      return { no: reasons.all };
    }
    const [found] = await ports.identity.customers([id<'Customer'>(finding.customerId)], reading);
    if (!found) {
      reasons.add(
        'UNKNOWN_CUSTOMER',
        'HUB',
        'the register does not hold the customer any more; run reconciliation again',
      );
      return { no: reasons.all };
    }
    const customer = asKnown(found);
    const verdict = await judgeRepair(finding, { ports, customer, reading });
    if ('byHand' in verdict) {
      reasons.add('REPAIR_BY_HAND', finding.system, verdict.byHand, 'findingId');
      return { no: reasons.all };
    }
    const { repair } = verdict;
    const atStake = finding.atStake === null ? null : moneyOf(finding.atStake.amount, finding.atStake.currency);
    const charges = atStake === null ? null : chargesOf(atStake);
    const act: RepairFinding = {
      customer,
      findingId,
      kind: finding.kind,
      repair,
      charges,
      writes: [writeOf(finding)],
    };
    return {
      passed: {
        act,
        customer,
        contractId: null,
        region: await regionOf(ports, customer.crmAccountId, call),
        amountAtRisk: atStake,
        subscriptionId: 'grant' in repair ? repair.grant.subscriptionId : null,
        begins: { work: 'BULK' },
        charges,
        writes: act.writes,
        alongside: async (trx) => {
          await noteRepair(trx, findingId, processId, principal.id);
        },
      },
    };
  },
  lock: { name: `finding:${findingId}`, taken: (processId) => [running(processId)] },
});

const running = (processId: string): Rejection => ({
  code: 'PROCESS_RUNNING',
  system: 'HUB',
  field: 'findingId',
  message: `process ${processId} is repairing this finding`,
});

/** What is at stake counts as what the act costs. */
const chargesOf = (atStake: Money): ChargeSummary => {
  const none = zero(atStake.currency);
  const { currency } = atStake;
  return { currency, oneTime: atStake, monthly: none, monthlyDifference: none, proration: null, tax: null };
};

const writeOf = ({ system, owner, field, observedValue, ownerValue }: Finding) => ({
  system,
  owner,
  field: field ?? 'Finding.heldValue',
  oldValue: observedValue,
  newValue: ownerValue,
});
