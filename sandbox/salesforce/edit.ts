import type { RecordEdit } from '../core/vendor.ts';
import { fullId } from './ids.ts';
import type { SObject } from './records.ts';
import type { Store } from './store.ts';

/** Any object by its API names; a removed record is in the recycle bin (`IsDeleted`). */
export function edit(store: Store, { record, id, set = {}, remove = false }: RecordEdit): void {
  const held = store.record(fullId(id) ?? id);
  if (!held) throw new Error(`there is no ${record} ${id}`);
  const values = set as SObject; // unjudged, as said there
  store.transaction(() => store.write({ ...held, ...values, ...(remove ? { IsDeleted: true } : {}) }));
}
