import { exponentOf, type Money } from '../../platform/money.ts';
import { roughEuros } from '../../platform/rough-euros.ts';

/** What is at risk in rough euros; zero where nothing is. */
export const weightOf = (amount: Money | null): number =>
  amount === null ? 0 : (Number(amount.minor) / 10 ** exponentOf(amount.currency)) * roughEuros(amount.currency);
