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

type Rules = ActRules<SubmitOrder, readonly Rejection[]>;

const rules = (context: Context, input: SubmitOrderInput): Rules => ({
  judge: async (processId) => {
    refuseForeignWrites(context, NAME.act, { input });
    const verdict = await judge(context, input, contractIdOf(processId));
    if (!verdict.passed) return { no: verdict.reasons };
    const lock = opportunityLock(input);
    const holder = lock === null ? null : await context.engine.holderOf(lock.name);
    if (lock !== null && holder !== null) return { no: lock.taken(holder) };
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
        changes: act.opportunityId === null ? [] : [`opportunity:${act.opportunityId}`],
        charges,
        writes: plannedOrder(act, keptIn, ownerIn(context.ownership), context.ports.support.capabilities),
        restsOn: prices.map(({ path, price }): Fact => ({ field: path, is: 'PLANNED', value: amountText(price) })),
      },
    };
  },
  lock: opportunityLock(input),
});

/** One order at a time makes an order of an opportunity: a second one would be judged by what is not closed yet. */
const opportunityLock = ({ opportunityId }: SubmitOrderInput): Rules['lock'] =>
  opportunityId == null
    ? null
    : {
        name: `opportunity:${opportunityId}`,
        taken: (processId) => [
          {
            code: 'PROCESS_RUNNING',
            system: 'HUB',
            field: 'opportunityId',
            message: `process ${processId} is ordering this opportunity; come again when it has ended`,
          },
        ],
      };

const judge = ({ ports, call, clock }: Context, input: SubmitOrderInput, contractId: string) =>
  judgeOrder(ports, input, { contractId, today: day(clock) }, { ...call, fresh: true });
