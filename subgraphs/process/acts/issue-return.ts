import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type IssueReturn, issueReturn } from '../sagas/issue-return.ts';
import type { IssueReturnInput, Rejection } from '../schema.generated.ts';
import { judgeReturn } from '../verdicts/issue-return.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'issueReturn', kind: issueReturn.name };

export const issueReturnAct = (context: Context, input: IssueReturnInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewReturn = (context: Context, input: IssueReturnInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: IssueReturnInput): ActRules<IssueReturn, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await judgeReturn(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, charges, writes } = act;
    return {
      passed: {
        act,
        customer,
        contractId: null,
        region,
        amountAtRisk: amount,
        subscriptionId: null,
        changes: [`salesOrder:${input.salesOrderId}`],
        charges,
        writes,
      },
    };
  },
  // One at a time for each order: a second one would be judged by what has not come back yet.
  lock: { name: `return:${input.salesOrderId}`, taken: (processId) => [running(processId)] },
});

const running = (processId: string): Rejection => ({
  code: 'PROCESS_RUNNING',
  system: 'HUB',
  field: 'salesOrderId',
  message: `process ${processId} is taking goods of this order back; come again when it has ended`,
});
