import { type Ownership, ownerAt } from '../../../platform/ownership/ownership.ts';
import type { HeldValue } from '../../../platform/port/scan.ts';
import { type CustomerFacts, standing } from '../facts.ts';
import type { Found, SystemName } from '../found.ts';
import { monthlyText } from './at-stake.ts';

type Holder = Exclude<SystemName, 'HUB'>;
const HOLDERS: readonly string[] = ['ERP', 'CRM', 'BILLING', 'SUPPORT'] satisfies readonly Holder[];
const isHolder = (system: string): system is Holder => HOLDERS.includes(system);

/**
 * Compares each field that names observers with what its owner holds at the customer's stage. A field that the owner leaves
 * empty, or that a copy leaves empty, is no difference.
 */
export function copiesThatDiffer(facts: CustomerFacts, { owners }: Pick<Ownership, 'owners'>): Found[] {
  const { customerId } = facts;
  const held = {
    ERP: standing(facts.erp, customerId),
    CRM: standing(facts.crm, customerId),
    BILLING: standing(facts.billing, customerId),
    SUPPORT: standing(facts.support, customerId),
  };
  const reached = milestonesOf(facts);
  return [...owners].flatMap(([field, owner]) => {
    if (owner.observers.length === 0) return [];
    const { system } = ownerAt(owner, reached);
    const right = isHolder(system) ? held[system]?.values[field] : undefined;
    if (right == null || !isHolder(system)) return [];
    return owner.observers.flatMap((observer): Found[] => {
      const record = isHolder(observer) && observer !== system ? held[observer] : null;
      const value = record?.values[field];
      if (record == null || value == null || isSame(value, right)) return [];
      return [
        {
          kind: 'FIELD_DIFFERS',
          customerId,
          customerName: facts.registered?.name ?? customerId,
          system: observer as Holder, // as just asked
          owner: system,
          field,
          subject: `${record.externalId}:${field}`,
          ownerValue: shown(right),
          observedValue: shown(value),
          atStake: monthlyText(facts),
          about: { externalId: record.externalId, field },
        },
      ];
    });
  });
}

/** What the systems tell that the customer has reached. */
function milestonesOf({ books, billing, customerId }: CustomerFacts): ReadonlySet<string> {
  const runs = billing.some(({ hubId, subscriptions }) => hubId === customerId && subscriptions.length > 0);
  return new Set([...books.flatMap(({ reached }) => reached), ...(runs ? ['CONTRACT_ACTIVE'] : [])]);
}

/** Letter by letter, but for space around and between words. */
const isSame = (a: HeldValue, b: HeldValue): boolean => tidy(a) === tidy(b);

const tidied = (text: string): string => text.trim().replace(/\s+/gu, ' ');
const tidy = (value: HeldValue): string =>
  typeof value === 'string'
    ? tidied(value)
    : Object.keys(value)
        .sort()
        .map((part) => `${part}=${tidied(value[part] ?? '')}`)
        .join('\n');

/** As people read it: the parts in their order, with commas between. */
export const shown = (value: HeldValue): string =>
  typeof value === 'string' ? value : Object.values(value).filter(Boolean).join(', ');
