import type { CopyCorrection } from '../../../platform/port/scan.ts';
import { type StepContext, step } from '../systems.ts';
import { NOTHING } from './stated.ts';

type Observer = 'CRM' | 'BILLING' | 'SUPPORT';

/** Puts a system's copy right; said again it writes the same. One step for each system, which keeps its name in the journal. */
const correcting = (
  owner: Observer,
  name: string,
  port: (context: StepContext) => StepContext['crm' | 'billing' | 'support'],
) =>
  step({
    name,
    owner,
    do: async (context: StepContext, copy: CopyCorrection) => {
      await port(context).correctCopy(copy, context.call);
      return null;
    },
    stated: NOTHING,
    undo: async () => ({ stays: 'it holds what its owner holds; what was there before was wrong' }),
  });

export const correctAccountCopy = correcting('CRM', 'correct-account-copy', ({ crm }) => crm);
export const correctPayerCopy = correcting('BILLING', 'correct-payer-copy', ({ billing }) => billing);
export const correctOrgCopy = correcting('SUPPORT', 'correct-org-copy', ({ support }) => support);
