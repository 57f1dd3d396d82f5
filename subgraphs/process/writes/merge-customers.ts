import { type Customer, LINKED_SYSTEMS } from '../../identity/model.ts';
import type { PlannedWrite } from '../model.ts';

/** What a merge writes: the hub's links. That each system keeps both records is part of the plan, as it is not written there. */
export function plannedMerge(survivor: Customer, merged: Customer): PlannedWrite[] {
  const hub = (field: string, oldValue: string | null, newValue: string): PlannedWrite => ({
    system: 'HUB',
    owner: 'HUB',
    field,
    oldValue,
    newValue,
  });
  const mergedIds = [...survivor.mergedIds, merged.id, ...merged.mergedIds];
  const links = LINKED_SYSTEMS.flatMap((system) => {
    const gone = merged.externalIdBySystem[system];
    if (gone === null) return [];
    const kept = survivor.externalIdBySystem[system];
    const after =
      kept === null
        ? `${system} ${gone}`
        : `${system} ${kept}; ${gone} stays a record of its own there, which ${system} merges only by hand, and a link that ended here`;
    return [hub('Customer.externalIds', kept === null ? null : `${system} ${kept}`, after)];
  });
  return [hub('Customer.mergedIds', survivor.mergedIds.join(', ') || null, mergedIds.join(', ')), ...links];
}
