import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type ChangeBillingEntity, changeBillingEntity } from '../sagas/change-billing-entity.ts';
import type { ChangeBillingEntityInput, Rejection } from '../schema.generated.ts';
import { judgeMove } from '../verdicts/change-billing-entity.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';
import { subscriptionLock } from './subscription-lock.ts';

const NAME = { act: 'changeBillingEntity', kind: changeBillingEntity.name };

export const changeBillingEntityAct = (context: Context, input: ChangeBillingEntityInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewMove = (context: Context, input: ChangeBillingEntityInput) =>
  previewAct(context, NAME, input, rules(context, input));

type Rules = ActRules<ChangeBillingEntity, readonly Rejection[]>;

const rules = (context: Context, input: ChangeBillingEntityInput): Rules => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership, engine } = context;
    const holderOf = (subscriptionId: string) => engine.holderOf(subscriptionLock({ subscriptionId }).name);
    const given = { today: day(clock), ownerOf: ownerIn(ownership), holderOf };
    const verdict = await judgeMove(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, writes, amendments } = act;
    const [only] = amendments.length === 1 ? amendments : [];
    const subscriptionId = only?.subscriptionId ?? null;
    return {
      passed: {
        act,
        customer,
        contractId: null,
        region,
        amountAtRisk: amount,
        subscriptionId,
        changes: amendments.map((one) => `subscription:${one.subscriptionId}` as const),
        charges: null,
        writes,
      },
    };
  },
  lock: lockOf(input),
});

/** A run holds one lock: that of its only subscription, or one of the customer's, which keeps a second move away. */
const lockOf = ({ customerId, subscriptionId }: ChangeBillingEntityInput): Rules['lock'] =>
  subscriptionId != null
    ? subscriptionLock({ subscriptionId })
    : {
        name: `billing-entity:${customerId}`,
        taken: (processId) => [
          {
            code: 'PROCESS_RUNNING',
            system: 'HUB',
            field: 'customerId',
            message: `process ${processId} is moving this customer's subscriptions; come again when it has ended`,
          },
        ],
      };
