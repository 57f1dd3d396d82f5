import type { Ownership } from '../../platform/ownership/ownership.ts';
import type { System } from './model.ts';

/** Who owns a field that acts write; those have no handover. Every field of a plan is in the schema: `hub check` holds it. */
export const ownerIn =
  ({ owners }: Ownership) =>
  (field: string): System => {
    const owner = owners.get(field);
    if (owner === undefined) throw new Error(`${field} has no owner in the schema`);
    return (owner.next ?? owner.system) as System; // the schema's enum `System`; a customer who orders has passed the handover
  };
