import type { WorldCustomer, WorldLegalEntity } from './world.ts';

/** The companies of the group that sells. */
export const LEGAL_ENTITIES: readonly [WorldLegalEntity, ...WorldLegalEntity[]] = [
  { id: '1', name: 'Meridian Instruments Inc.', country: 'US', currency: 'USD', taxPercent: 8.25 },
  { id: '2', name: 'Meridian Instruments GmbH', country: 'DE', currency: 'EUR', taxPercent: 19 },
  { id: '3', name: 'Meridian Instruments Ltd', country: 'GB', currency: 'GBP', taxPercent: 20 },
  { id: '4', name: 'Meridian Instruments SAS', country: 'FR', currency: 'EUR', taxPercent: 20 },
  { id: '5', name: 'Meridian Instruments K.K.', country: 'JP', currency: 'JPY', taxPercent: 10 },
];

const BY_ID = new Map(LEGAL_ENTITIES.map((entity) => [entity.id, entity]));

export function legalEntity(id: string): WorldLegalEntity {
  const entity = BY_ID.get(id);
  if (!entity) throw new RangeError(`there is no legal entity ${id}; there are ${[...BY_ID.keys()].join(', ')}`);
  return entity;
}

/** What one euro cent is in another currency's minor unit, near enough for price lists. */
export const MINOR_PER_EURO_CENT: Readonly<Record<string, number>> = { EUR: 1, USD: 1.1, GBP: 0.85, JPY: 1.6 };

export const inCurrency = (euroCents: number, currency: string): number =>
  Math.round(euroCents * (MINOR_PER_EURO_CENT[currency] ?? 1));

export const REGION: Readonly<Record<string, WorldCustomer['region']>> = { US: 'AMER', CA: 'AMER', JP: 'APAC' };
