import {
  afterSalesGrounds,
  ISSUE_RETURN,
  OPEN_SERVICE,
  returnInput,
  serviceInput,
} from '../../subgraphs/process/support/after-sales.ts';
import type { Hub } from '../../subgraphs/process/support/systems.ts';
import { ALL_POINTS } from '../support/killing.ts';
import type { TriedAct } from './tried-act.ts';

export async function afterSales(hub: Hub): Promise<readonly TriedAct[]> {
  const grounds = await afterSalesGrounds(hub, ALL_POINTS ? 100 : 24);
  return [
    {
      name: 'openServiceOrder',
      ask: OPEN_SERVICE,
      begin: () => ({ input: serviceInput(grounds.expired(), 'later', { acceptCharges: true }) }),
    },
    {
      name: 'issueReturn',
      ask: ISSUE_RETURN,
      pointOfNoReturn: 'credit-return',
      begin: () => ({ input: returnInput(grounds.returnable(), 'later') }),
    },
  ];
}
