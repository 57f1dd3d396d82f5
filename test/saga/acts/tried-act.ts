import assert from 'node:assert/strict';
import type { Principal } from '../../../platform/principal.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import type { HubActName } from '../../../subgraphs/process/port.ts';
import { correlated, type Hub, otherEntity } from '../../subgraphs/process/support/systems.ts';

/** An act as the tests of faults try it: again and again, each time on ground of its own, so that it takes effect anew. */
export interface TriedAct {
  readonly name: string;
  /** The mutation; or which of the hub's own acts it is, and for which system it acts. */
  readonly ask: string | { readonly act: HubActName; readonly actsFor: string };
  readonly as?: Partial<Principal>;
  readonly begin: () => Promise<Try> | Try;
  /** Nothing brings back what this step does. */
  readonly pointOfNoReturn?: string;
  /** The hub does one of them at a time. */
  readonly alone?: boolean;
}

/** One time. */
export interface Try {
  /** Without its key. */
  readonly input: object;
  /** What must hold in the systems beyond their ledgers, when it completed and when it was undone. */
  readonly completed?: () => Promise<void>;
  readonly undone?: () => Promise<void>;
}

const fresh = { ...correlated, fresh: true };

/** What the ground of acts is made of. */
export const groundOf = (hub: Hub) => {
  const known = async (hubId: string) => {
    const [found] = await hub.ports.identity.customers([hubId as never], fresh); // ids of the sandbox's customers
    return found;
  };
  const linkOf = async ({ hubId }: WorldCustomer, system: 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT') => {
    const link = (await known(hubId))?.externalIdBySystem[system];
    assert.ok(link, `${system} knows ${hubId}`);
    return link as never; // of the brand that the port asks for
  };
  const now = async ({ id }: Subscription): Promise<Subscription> => {
    const [found] = await hub.ports.billing.subscriptions([id], fresh);
    assert.ok(found);
    return found;
  };
  const openOpportunityOf = async (customer: WorldCustomer) => {
    const of = await linkOf(customer, 'CRM');
    const [sales] = await hub.ports.crm.opportunitiesOf([{ of, first: 50, after: null }], fresh);
    return sales?.entries.find(({ stage }) => !stage.startsWith('CLOSED'))?.id;
  };
  /** Whether the ERP keeps the customer in another of our companies that trades in its currency; then nobody has to. */
  const isKeptElsewhere = async (customer: WorldCustomer) => {
    const [kept = []] = await hub.ports.erp.legalEntitiesOf([await linkOf(customer, 'ERP')], fresh);
    return kept.includes(otherEntity(hub.world, customer) as never); // as the world names it
  };
  return {
    known,
    /** Of the euro, and with one of our companies alone. */
    async customerOfOne(): Promise<WorldCustomer> {
      for (;;) {
        const customer = hub.freshCustomer('EUR');
        if (!(await isKeptElsewhere(customer))) return customer;
      }
    },
    linkOf,
    now,
    openOpportunityOf,
    /** What support answers for; what it has now would not be written again. */
    async supportTierOf(customer: WorldCustomer) {
      const [org] = await hub.ports.support.orgs([await linkOf(customer, 'SUPPORT')], fresh);
      return org?.supportTier;
    },
    /** Whom the CRM still hopes to sell something to: each opportunity can be won once. */
    async prospect(): Promise<WorldCustomer> {
      for (;;) {
        const customer = hub.freshCustomer();
        if ((await openOpportunityOf(customer)) !== undefined) return customer;
      }
    },
    /** A running subscription of a customer whom nobody has touched, of one item, so that all leave as much in the ledgers. */
    async subscription(of?: () => Promise<WorldCustomer>) {
      for (;;) {
        const customer = of === undefined ? hub.freshCustomer() : await of();
        const payer = await linkOf(customer, 'BILLING');
        const [page] = await hub.ports.billing.subscriptionsOf([{ of: payer, first: 20, after: null }], fresh);
        const subscription = page?.entries.find((one) => one.status === 'ACTIVE' && one.items.length === 1);
        if (subscription !== undefined) return { customer, subscription };
      }
    },
    /** Holds when billing has the subscription as it was. */
    unchanged: (subscription: Subscription) => async () => assert.deepEqual(await now(subscription), subscription),
  };
};
export type GroundOf = ReturnType<typeof groundOf>;
