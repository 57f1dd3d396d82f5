import type { Page } from '../page.ts';

/** A value as a system holds it: text, or the parts of one by name, such as those of an address. */
export type HeldValue = string | Readonly<Record<string, string | null>>;

/** One record in a scan of all that a system holds. */
export interface HeldRecord {
  /** The system's own id. */
  readonly externalId: string;
  /** The correlation key that the system holds; null where it holds none. */
  readonly hubId: string | null;
  /** MERGED: it became part of another record. */
  readonly state: 'STANDS' | 'DELETED' | 'MERGED';
  /** What it holds of canonical fields (`Type.field`), its own and copies of others'; null: it is left empty. */
  readonly values: Readonly<Record<string, HeldValue | null>>;
}

/** One page of a scan, in an order that stays. It may hold fewer than `first` when the vendor gives no more at once. */
export interface ScanPage {
  /** 1 to 1,000. */
  readonly first: number;
  /** `endCursor` of the page before; null for the first one. Good for a later start of the hub, too. */
  readonly after: string | null;
}

/** Puts copies right of what others own: canonical fields with the owner's values. */
export interface CopyCorrection {
  readonly externalId: string;
  readonly values: Readonly<Record<string, HeldValue>>;
}

export type Scanned<T> = Promise<Page<T>>;

/** The parts of an address as a value that is compared: two lines of street are one, and what is empty is null. */
export function heldAddress(address: Readonly<Record<AddressPart, string | null>> | null): HeldValue | null {
  if (address === null) return null;
  const part = (text: string | null): string | null => text?.trim() || null;
  const value = {
    street: [address.line1, address.line2].map(part).filter(Boolean).join(', ') || null,
    city: part(address.city),
    region: part(address.region),
    postalCode: part(address.postalCode),
    country: part(address.country),
  };
  return Object.values(value).every((one) => one === null) ? null : value;
}

type AddressPart = 'line1' | 'line2' | 'city' | 'region' | 'postalCode' | 'country';

/** The other way round: an address to write. */
export function addressIn(value: HeldValue): Record<AddressPart, string | null> {
  const parts: Readonly<Record<string, string | null>> = typeof value === 'string' ? { street: value } : value;
  const part = (name: string): string | null => parts[name] ?? null;
  return {
    line1: part('street'),
    line2: null,
    city: part('city'),
    region: part('region'),
    postalCode: part('postalCode'),
    country: part('country'),
  };
}
