import type { Context } from '../loaders.ts';
import { type UpdateCustomer, updateCustomer } from '../sagas/update-customer.ts';
import type { CustomerUpdateRefused, UpdateCustomerInput } from '../schema.generated.ts';
import { judgeUpdate } from '../verdicts/update-customer.ts';
import { acceptAct } from './accept.ts';

export const updateCustomerAct = (context: Context, input: UpdateCustomerInput) =>
  acceptAct<UpdateCustomer, CustomerUpdateRefused>(context, updateCustomer.name, input, {
    judge: async () => {
      const { ports, principal, ownership, call } = context;
      const verdict = await judgeUpdate(
        ports,
        input,
        { actsFor: principal.actsFor, ownership },
        { ...call, fresh: true },
      );
      if (!verdict.passed) return { no: { refusals: verdict.refusals, reasons: verdict.reasons } };
      const { plan } = verdict;
      return {
        passed: {
          act: plan,
          customer: plan.customer,
          contractId: null,
          region: null,
          amountAtRisk: null,
          subscriptionId: null,
        },
      };
    },
    lock: null,
  });
