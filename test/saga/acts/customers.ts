import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { newcomer } from '../../subgraphs/process/support/newcomer.ts';
import { MERGE, ONBOARD, UNMERGE, UPDATE } from '../../subgraphs/process/support/operations.ts';
import { correlated, type Hub } from '../../subgraphs/process/support/systems.ts';
import type { GroundOf, TriedAct } from './tried-act.ts';

export const customers = (hub: Hub, ground: GroundOf): readonly TriedAct[] => {
  let nr = 0;
  const update = (owner: string, field: string, value: (n: number) => string): TriedAct => ({
    name: `updateCustomer of ${owner}`,
    ask: UPDATE,
    as: { actsFor: owner, id: owner },
    begin: () => {
      nr += 1;
      return { input: { customerId: hub.freshCustomer().hubId, [field]: value(nr) } };
    },
  });
  const linksOf = async (hubId: string) => {
    const found = await ground.known(hubId);
    return [found?.id, found?.externalIdBySystem];
  };
  const pair = () => [hub.freshCustomer('EUR').hubId, hub.freshCustomer('EUR').hubId] as const;
  /** Two who differ in what may be taken over from either. */
  const unlikePair = async () => {
    const survivor = hub.freshCustomer('EUR');
    const tier = await ground.supportTierOf(survivor);
    for (;;) {
      const merged = hub.freshCustomer('EUR');
      const other = await ground.supportTierOf(merged);
      if (other && other !== tier) return [survivor.hubId, merged.hubId] as const;
    }
  };
  return [
    update('ERP', 'legalName', (n) => `Renamed ${n} AG`),
    update('CRM', 'website', (n) => `https://renamed-${n}.example`),
    update('BILLING', 'billingEmail', (n) => `billing-${n}@renamed.example`),
    {
      name: 'updateCustomer of SUPPORT',
      ask: UPDATE,
      as: { actsFor: 'SUPPORT', id: 'SUPPORT' },
      // Another support plan than the organisation has now: the one that it has would not be written.
      begin: async () => {
        const customer = hub.freshCustomer();
        const supportTier = (await ground.supportTierOf(customer)) === 'PREMIUM' ? 'STANDARD' : 'PREMIUM';
        return { input: { customerId: customer.hubId, supportTier } };
      },
    },
    {
      name: 'onboardCustomer',
      ask: ONBOARD,
      begin: () => {
        nr += 1;
        const { idempotencyKey, ...input } = newcomer(wordOf(nr));
        return { input };
      },
    },
    {
      name: 'mergeCustomers',
      ask: MERGE,
      alone: true,
      begin: async () => {
        const [survivorId, mergedId] = await unlikePair();
        const before = await linksOf(mergedId);
        return {
          input: { survivorId, mergedId, fieldsFromMerged: ['LEGAL_NAME', 'BILLING_EMAIL', 'WEBSITE', 'SUPPORT_TIER'] },
          completed: async () => assert.equal((await ground.known(mergedId))?.id, survivorId),
          undone: async () => assert.deepEqual(await linksOf(mergedId), before),
        };
      },
    },
    {
      name: 'unmergeCustomers',
      ask: UNMERGE,
      alone: true,
      begin: async () => {
        const [survivorId, mergedId] = pair();
        const before = await linksOf(mergedId);
        await hub.ports.identity.merge({ survivorId, mergedId } as never, {
          ...{ ...correlated, key: `merge ${mergedId}`, actingFor: 'HUB' },
        }); // ids of the sandbox's customers
        return {
          input: { mergedId },
          completed: async () => assert.deepEqual(await linksOf(mergedId), before),
          undone: async () => assert.equal((await ground.known(mergedId))?.id, survivorId),
        };
      },
    },
  ];
};

/** No two are alike, so that none is taken for another. */
const wordOf = (nr: number): string => {
  const letters = createHash('sha1').update(String(nr)).digest('hex').slice(0, 14);
  return `N${letters.replaceAll(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)))}`;
};
