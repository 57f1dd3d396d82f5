import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { contractIdOf, newProcessId } from '../new-ids.ts';
import { ownerIn } from '../owner-of.ts';
import { type SubmitOrder, submitOrder } from '../sagas/submit-order.ts';
import type { Rejection, SubmitOrderInput } from '../schema.generated.ts';
import { judgeOrder } from '../verdicts/submit-order.ts';
import { plannedOrder } from '../writes/submit-order.ts';
import { acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';

const NAME = { act: 'submitOrder', kind: submitOrder.name };

export const submitOrderAct = (context: Context, input: SubmitOrderInput) =>
  acceptAct<SubmitOrder, readonly Rejection[]>(context, NAME, input, {
    judge: async (processId) => {
      refuseForeignWrites(context, NAME.act, { input });
      const verdict = await judge(context, input, contractIdOf(processId));
      if (!verdict.passed) return { no: verdict.reasons };
      const { act, region, amount } = verdict.plan;
      const { customer, contractId } = act;
      return {
        passed: { act, customer, contractId, region, amountAtRisk: amount, subscriptionId: null, charges: act.charges },
      };
    },
    lock: null,
  });

export async function previewOrder(context: Context, input: SubmitOrderInput) {
  const verdict = await judge(context, input, contractIdOf(newProcessId(context.clock)));
  if (!verdict.passed) return { reasons: verdict.reasons };
  const { act, keptIn } = verdict.plan;
  return {
    writes: plannedOrder(act, keptIn, ownerIn(context.ownership), context.ports.support.capabilities),
    charges: act.charges,
  };
}

const judge = ({ ports, call, clock }: Context, input: SubmitOrderInput, contractId: string) =>
  judgeOrder(ports, input, { contractId, today: day(clock) }, { ...call, fresh: true });
