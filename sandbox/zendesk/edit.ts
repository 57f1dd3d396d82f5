import type { RecordEdit } from '../core/vendor.ts';
import type { Organization } from './model.ts';
import type { ZendeskState } from './state.ts';

/** Organizations by their fields here (`name`, `externalId`); records of the object `entitlement` by its own fields. */
export function edit(state: ZendeskState, { record, id, set = {}, remove = false }: RecordEdit): void {
  if (record === 'organization') {
    const held = state.organization(Number(id));
    if (!held) throw new Error(`there is no organization ${id}`);
    if (remove) state.removeOrganization(held.id);
    else state.putOrganization({ ...held, ...(set as Partial<Organization>) }); // unjudged, as said there
    return;
  }
  if (record !== 'entitlement') throw new Error(`there is no record ${record}; there are organization, entitlement`);
  const held = state.record(id) ?? state.recordByExternalId(id);
  if (!held) throw new Error(`there is no entitlement ${id}`);
  if (remove) state.deleteRecord(held);
  else state.putRecord({ ...held, fields: { ...held.fields, ...(set as typeof held.fields) } });
}
