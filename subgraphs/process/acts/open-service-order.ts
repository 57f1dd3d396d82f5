import { day } from '../../../platform/clock.ts';
import type { Context } from '../loaders.ts';
import { ownerIn } from '../owner-of.ts';
import { type OpenServiceOrder, openServiceOrder } from '../sagas/open-service-order.ts';
import type { OpenServiceOrderInput, Rejection } from '../schema.generated.ts';
import { judgeServiceOrder } from '../verdicts/open-service-order.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'openServiceOrder', kind: openServiceOrder.name };

export const openServiceOrderAct = (context: Context, input: OpenServiceOrderInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewServiceOrder = (context: Context, input: OpenServiceOrderInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: OpenServiceOrderInput): ActRules<OpenServiceOrder, readonly Rejection[]> => ({
  judge: async () => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, clock, ownership } = context;
    const given = { today: day(clock), ownerOf: ownerIn(ownership) };
    const verdict = await judgeServiceOrder(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) return { no: verdict.reasons };
    const { act, region, amount } = verdict.plan;
    const { customer, charges, writes } = act;
    const changes = [`case:${act.caseId}` as const];
    const amountAtRisk = act.billable ? amount : null;
    return {
      passed: { act, customer, contractId: null, region, amountAtRisk, subscriptionId: null, changes, charges, writes },
    };
  },
  // One at a time for each case: a second click would send a second technician.
  lock: { name: `case:${input.caseId}`, taken: (processId) => [running(processId)] },
});

const running = (processId: string): Rejection => ({
  code: 'PROCESS_RUNNING',
  system: 'HUB',
  field: 'caseId',
  message: `process ${processId} is opening a service order for this case; come again when it has ended`,
});
