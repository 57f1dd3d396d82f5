import { day } from '../../../platform/clock.ts';
import { amountText } from '../../../platform/money.ts';
import type { Context } from '../loaders.ts';
import { contractIdOf } from '../new-ids.ts';
import { ownerIn } from '../owner-of.ts';
import type { Fact } from '../plans/rests-on.ts';
import { type SubmitOrder, submitOrder } from '../sagas/submit-order.ts';
import type { Rejection, SubmitOrderInput } from '../schema.generated.ts';
import { judgeOrder } from '../verdicts/submit-order.ts';
import { plannedOrder } from '../writes/submit-order.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'submitOrder', kind: submitOrder.name };

export const submitOrderAct = (context: Context, input: SubmitOrderInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewOrder = (context: Context, input: SubmitOrderInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: SubmitOrderInput): ActRules<SubmitOrder, readonly Rejection[]> => ({
  judge: async (processId) => {
    refuseForeignWrites(context, NAME.act, { input });
    const verdict = await judge(context, input, contractIdOf(processId));
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount, keptIn, prices } = verdict.plan;
    const { customer, contractId, charges } = act;
    return {
      passed: {
        act,
        customer,
        contractId,
        region,
        amountAtRisk: amount,
        subscriptionId: null,
        charges,
        writes: plannedOrder(act, keptIn, ownerIn(context.ownership), context.ports.support.capabilities),
        restsOn: prices.map(({ path, price }): Fact => ({ field: path, is: 'PLANNED', value: amountText(price) })),
      },
    };
  },
  lock: null,
});

const judge = ({ ports, call, clock }: Context, input: SubmitOrderInput, contractId: string) =>
  judgeOrder(ports, input, { contractId, today: day(clock) }, { ...call, fresh: true });
