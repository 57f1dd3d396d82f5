import type { Context } from '../loaders.ts';
import { hubIdOf } from '../new-ids.ts';
import { ownerIn } from '../owner-of.ts';
import { type OnboardCustomer, onboardCustomer } from '../sagas/onboard-customer.ts';
import type { OnboardCustomerInput, Rejection } from '../schema.generated.ts';
import { judgeOnboarding } from '../verdicts/onboard-customer.ts';
import { type ActRules, acceptAct } from './accept.ts';
import { refuseForeignWrites } from './foreign-writes.ts';
import { previewAct } from './preview.ts';

const NAME = { act: 'onboardCustomer', kind: onboardCustomer.name };

/** Why a customer is not opened, and whom it may be already. */
export interface NotOnboarded {
  readonly reasons: readonly Rejection[];
  readonly candidates: readonly {
    readonly customer: { readonly id: string };
    readonly likelihood: number;
    readonly reason: string;
  }[];
}

export const onboardCustomerAct = (context: Context, input: OnboardCustomerInput) =>
  acceptAct(context, NAME, input, rules(context, input));

export const previewOnboarding = (context: Context, input: OnboardCustomerInput) =>
  previewAct(context, NAME, input, rules(context, input));

const rules = (context: Context, input: OnboardCustomerInput): ActRules<OnboardCustomer, NotOnboarded> => ({
  judge: async (processId) => {
    refuseForeignWrites(context, NAME.act, { input });
    const { ports, call, ownership } = context;
    const given = { hubId: hubIdOf(processId), ownerOf: ownerIn(ownership) };
    const verdict = await judgeOnboarding(ports, input, given, { ...call, fresh: true });
    if (!verdict.passed) {
      const candidates = verdict.candidates.map(({ id, likelihood, reason }) => ({
        customer: { id },
        likelihood,
        reason,
      }));
      return { no: { reasons: verdict.reasons, candidates } };
    }
    const { plan } = verdict;
    return {
      passed: {
        act: plan,
        customer: plan.customer,
        region: plan.region,
        writes: plan.writes,
        ...{ contractId: null, amountAtRisk: null, subscriptionId: null, charges: null },
      },
    };
  },
  // Two that are asked for at the same time are each no duplicate of what is not there yet.
  lock: { name: `onboard:${input.billingEmail.split('@')[1]?.toLowerCase() ?? ''}`, taken },
  refusing: (reasons) => ({ reasons, candidates: [] }),
});

const taken = (processId: string): NotOnboarded => ({
  candidates: [],
  reasons: [
    {
      code: 'PROCESS_RUNNING',
      system: 'HUB',
      field: 'billingEmail',
      message: `process ${processId} is opening a customer of this e-mail domain; come again when it has ended`,
    },
  ],
});
