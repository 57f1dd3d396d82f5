import type { Call, WriteCall } from '../../../../platform/call.ts';
import { errorCode } from '../../../../platform/errors.ts';
import type { CustomerInEntity } from '../../model.ts';
import type { ErpPort } from '../../port.ts';
import { broken, jsonOf, parsed, refused } from './failures.ts';
import * as queries from './queries.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { BookedRow, RelationshipRecord, RelationshipRow } from './wire.ts';

const PATH = `${RECORD}/customerSubsidiaryRelationship`;

/**
 * A customer trades with the subsidiaries that share it: the record `customerSubsidiaryRelationship` (help: "Customer
 * Subsidiary Relationship", article_161521122959). The call's key is its external id, by which the undo finds what this
 * key made and nothing else.
 */
export function createSharing(
  session: Session,
  suiteql: SuiteQl,
): Pick<ErpPort, 'keepInLegalEntity' | 'leaveLegalEntity'> {
  async function isShared({ customerId, legalEntityId }: CustomerInEntity, call: Call): Promise<boolean> {
    const rows = await suiteql.rows(queries.relationshipsOf([customerId]), RelationshipRow, call);
    return rows.some(({ subsidiary }) => subsidiary === legalEntityId);
  }

  /** Help, "Assigning Additional Subsidiaries to a Customer" (section_161895998055): what has transactions is not removed. */
  async function isBookedIn({ customerId, legalEntityId }: CustomerInEntity, call: Call): Promise<boolean> {
    const { rows } = await suiteql.page(queries.bookedIn(customerId, legalEntityId), BookedRow, 1, call);
    return rows.length > 0;
  }

  async function keep(place: CustomerInEntity, call: WriteCall): Promise<void> {
    const { customerId, legalEntityId } = place;
    if (!isInternalId(customerId)) throw refused('it holds no such customer', 'customerId');
    if (!isInternalId(legalEntityId)) throw refused('it has no such legal entity', 'legalEntityId');
    if (await isShared(place, call)) return;
    const body = { externalId: call.key, entity: { id: customerId }, subsidiary: { id: legalEntityId } };
    try {
      await session.send({ method: 'POST', path: PATH, body: JSON.stringify(body), write: true }, call);
    } catch (error) {
      // A second relationship is refused in the words of an unknown subsidiary: look whether somebody was first.
      if (errorCode(error) !== 'REFUSED' || !(await isShared(place, call))) throw error;
    }
  }

  async function leave(place: CustomerInEntity, call: WriteCall): Promise<'LEFT' | 'STAYS'> {
    const path = `${PATH}/eid:${encodeURIComponent(call.key)}`;
    const response = await session.send({ method: 'GET', path, mayBeAbsent: true }, call);
    if (response.status === 404) return 'LEFT';
    const { id, entity, subsidiary, isPrimarySub } = parsed(RelationshipRecord, jsonOf(response));
    if (entity.id !== place.customerId) throw broken('entity.id');
    if (subsidiary.id !== place.legalEntityId) throw broken('subsidiary.id');
    if (isPrimarySub) return 'STAYS'; // made the customer's own since
    try {
      await session.send(
        { method: 'DELETE', path: `${PATH}/${encodeURIComponent(id)}`, write: true, mayBeAbsent: true },
        call,
      );
      return 'LEFT';
    } catch (error) {
      if (errorCode(error) === 'REFUSED' && (await isBookedIn(place, call))) return 'STAYS';
      throw error;
    }
  }

  return { keepInLegalEntity: keep, leaveLegalEntity: leave };
}
