import { HubError } from '../../../../platform/errors.ts';
import { amountText, type Money } from '../../../../platform/money.ts';
import type { Renewal } from '../../../billing/model.ts';
import { step } from '../../systems.ts';
import { NOTHING } from '../stated.ts';

/** A renewal that was accepted long before it begins: billing would still take it, and at the price that was accepted. Writes nothing. */
export const confirmRenewal = step({
  name: 'confirm-renewal',
  owner: 'BILLING',
  do: async ({ billing, reading }, { renewal, monthly }: { readonly renewal: Renewal; readonly monthly: Money }) => {
    const { monthlyAfter } = await billing.previewRenewal(renewal, reading);
    if (monthlyAfter.minor === monthly.minor) return null;
    const [now, then] = [monthlyAfter, monthly].map((amount) => `${amountText(amount)} ${amount.currency}`);
    throw new HubError(
      'REFUSED',
      `BILLING refused: a month of the new term costs ${now} now, not ${then} as when the renewal was accepted; renew it anew`,
      { system: 'BILLING' },
    );
  },
  stated: NOTHING, // whoever skips it renews at the price of the day
  undo: async () => {},
});
