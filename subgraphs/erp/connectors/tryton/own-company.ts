import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import type { CustomerInEntity } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { refused } from './failures.ts';
import { ALSO_INACTIVE, isRecordId, type Records } from './records.ts';
import type { Session } from './session.ts';
import { IdRow } from './wire.ts';

type OfEntities = Pick<ErpPort, 'legalEntitiesOf' | 'keepInLegalEntity' | 'leaveLegalEntity'>;

/**
 * A party of Tryton belongs to no company: whoever is in the database can be booked in each of them. So there is nothing to
 * do to keep a customer in the one company that the hub's user works in, and nothing to undo; in others it books nothing.
 */
export function createOwnCompany(session: Session, records: Records): OfEntities {
  async function parties(ids: readonly string[], call: Call): Promise<ReadonlySet<string>> {
    const possible = [...new Set(ids.filter(isRecordId))].map(Number);
    if (possible.length === 0) return new Set();
    const question = { domain: [['id', 'in', possible], ALSO_INACTIVE], fields: ['code'], row: IdRow };
    return new Set((await records.search('party.party', question, call)).map((row) => String(row.id)));
  }

  return {
    async legalEntitiesOf(ids, call) {
      const [{ company }, held] = await Promise.all([session.ground(call), parties(ids, call)]);
      return ids.map((customer) => (held.has(customer) ? [id<'LegalEntity'>(company.id)] : []));
    },
    async keepInLegalEntity({ customerId, legalEntityId }: CustomerInEntity, call) {
      const [{ company }, held] = await Promise.all([session.ground(call), parties([customerId], call)]);
      if (legalEntityId !== String(company.id)) {
        throw refused('the hub’s user does not work in this company', { field: 'legalEntityId' });
      }
      if (!held.has(customerId)) throw refused('it holds no such customer', { field: 'customerId' });
    },
    leaveLegalEntity: async () => 'LEFT',
  };
}
