import type { Call } from '../../platform/call.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import { id } from '../../platform/ids.ts';
import { type Owner, type Ownership, ownerAt } from '../../platform/ownership/ownership.ts';
import type { Customer } from '../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import type { ConflictStore } from './conflict-store.ts';
import { agree, type Held, HOLDINGS, type Holder, heldBy, isHolder, type RecordPorts } from './holdings.ts';

/** A change of a customer that a system told of. */
export interface ToldChange {
  readonly eventId: string;
  /** Of the hub. */
  readonly customerId: string;
  /** Who told it. */
  readonly system: string;
}

export interface JudgeOptions {
  readonly ports: RecordPorts & { readonly identity: Pick<IdentityPort, 'customers'> };
  readonly ownership: Ownership;
  readonly conflicts: ConflictStore;
  readonly clock: Clock;
}

/**
 * The ownership filter of what comes in. An event changes no record of the hub whoever sends it: values are read from their
 * owner. What is left to do is to see where its sender holds something else than the owner, by the same `@owner` that
 * judges writes. Both are asked, past the cache, because an event's own values are not believed; each disagreement becomes a
 * conflict, and what they agree on again is resolved. @throws UNAVAILABLE, TIMEOUT, THROTTLED where one of them does not answer
 */
export function conflictJudge({ ports, ownership, conflicts, clock }: JudgeOptions) {
  for (const system of Object.keys(HOLDINGS) as Holder[]) {
    for (const field of Object.keys(HOLDINGS[system])) {
      const { until } = ownerIn(ownership, field);
      if (until !== null && until !== 'ORDER_ACCEPTED')
        throw new Error(`no record here tells when ${field} passes, at ${until}`);
    }
  }

  return async function judge({ eventId, customerId, system }: ToldChange, call: Call): Promise<void> {
    if (!isHolder(system)) return;
    const [[customer], open] = await Promise.all([
      ports.identity.customers([id<'Customer'>(customerId)], call),
      conflicts.open(customerId),
    ]);
    if (!customer) return;
    // Read once each, and only those that this comes to.
    const read = new Map<Holder, Promise<Held | null>>();
    const holds = (by: Holder): Promise<Held | null> => {
      const key = customer.externalIdBySystem[by];
      const held = read.get(by) ?? (key === null ? Promise.resolve(null) : heldBy(by, key, ports, call));
      read.set(by, held);
      return held;
    };
    const reached = async (owner: Owner): Promise<ReadonlySet<string>> =>
      new Set(owner.until === null ? [] : ((await holds('ERP'))?.reached ?? []));

    const told = Object.keys(HOLDINGS[system]).map((field) => ({ field, holder: system }));
    // The owner may have taken over what others hold.
    const others = open.flatMap(({ field, owner, system: holder }) =>
      isHolder(holder) && owner === system ? [{ field, holder }] : [],
    );
    for (const { field, holder } of [...told, ...others]) {
      const declared = ownerIn(ownership, field);
      const owner = ownerAt(declared, await reached(declared)).system;
      const place = { customerId: customer.id, field, system: holder };
      if (owner === holder) {
        await conflicts.resolve(place, 'OWNERSHIP_MOVED', instant(clock));
        continue;
      }
      if (!isHolder(owner)) continue;
      const [held, owned] = [(await holds(holder))?.values.get(field), (await holds(owner))?.values.get(field)];
      if (held == null || owned == null || agree(field, held, owned)) {
        // Where nothing is held, nothing contradicts.
        await conflicts.resolve(place, system === owner ? 'OWNER_TOOK_OVER' : 'HOLDER_CORRECTED', instant(clock));
      } else {
        const externalId = externalIdOf(customer, holder);
        await conflicts.see({ ...place, externalId, owner, held, owned, eventId }, instant(clock));
      }
    }
  };
}

const externalIdOf = ({ externalIdBySystem }: Customer, system: Holder): string => externalIdBySystem[system] ?? '';

/** @throws for a field of which the schema says nothing */
function ownerIn({ owners }: Ownership, field: string): Owner {
  const owner = owners.get(field);
  if (owner === undefined) throw new Error(`${field} has no owner in the schema`);
  return owner;
}
