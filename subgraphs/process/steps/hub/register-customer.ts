import type { LinkedSystem } from '../../../identity/model.ts';
import type { Newcomer } from '../../../identity/port.ts';
import { step } from '../../systems.ts';

/**
 * The hub id that the customer was accepted with becomes a customer, before any system names it. The register is the hub's own:
 * nobody does these steps outside, so that they are not skipped.
 */
export const registerCustomer = step({
  name: 'register-customer',
  owner: 'HUB',
  do: async ({ identity, call }, newcomer: Newcomer) => {
    await identity.register(newcomer, call);
    return null;
  },
  undo: async ({ identity, call }, { input }) => {
    if ((await identity.forget({ id: input.id }, call)) === 'FORGOTTEN') return;
    return { stays: 'another customer hangs on it by now' };
  },
});

export interface RecordsToLink extends Newcomer {
  readonly records: readonly { readonly system: LinkedSystem; readonly externalId: string }[];
  readonly region: string | null;
  readonly legalEntityId: string;
}

/** Says at once what the systems' directories would say at their next reading: the same words, so that they change nothing. */
export const linkCustomer = step({
  name: 'link-customer',
  owner: 'HUB',
  partial: true,
  do: async ({ identity, call }, { id, name, email, records, region, legalEntityId }: RecordsToLink) => {
    for (const { system, externalId } of records) {
      const entry = {
        ...{ externalId, hubId: id, name, parentExternalId: null, mergedIntoExternalId: null },
        email: system === 'ERP' || system === 'BILLING' ? email : null,
        ...(system === 'CRM' ? { rows: { region, partnersOfRecord: [] } } : {}),
        ...(system === 'ERP' ? { rows: { legalEntities: [legalEntityId] } } : {}),
      };
      await identity.takeIn({ system, entries: [entry] }, call);
    }
    return null;
  },
  undo: { never: 'links end with the customer in the register, or when the systems no longer tell of the records' },
});
