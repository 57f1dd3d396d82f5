import type { CustomerId } from '../../../identity/model.ts';
import type { ExternalKey } from '../../../identity/port.ts';
import { step } from '../../systems.ts';

/** The register links no longer to a record that is not there, or is one too many. */
export const endLink = step({
  name: 'end-link',
  owner: 'HUB',
  do: async ({ identity, call }, link: ExternalKey & { customerId: CustomerId }) => {
    await identity.endLink(link, call);
    return null;
  },
  undo: async () => ({ stays: "the system's directory begins the link again if it names the customer" }),
});
