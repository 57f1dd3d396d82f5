import type { Calendar } from './calendar.ts';
import { inCurrency, LEGAL_ENTITIES, legalEntity, REGION } from './legal-entities.ts';
import { companyName, domainOf, legalForm } from './names.ts';
import { address, COUNTRY_NAME, countryFor, phone, taxId } from './places.ts';
import { createRandom, mixed, type Random } from './random.ts';
import { entitlements, monthlyLines, payments, subscriptions } from './recurring.ts';
import { acceptedQuotes, cases, contacts, opportunities, quotes, wonUnordered } from './relations.ts';
import { type CustomerRole, roleOf } from './roles.ts';
import { invoices, type Order, orders, type TradeTerms } from './trade.ts';
import type { Trait, WorldCustomer, WorldLegalEntity } from './world.ts';

export interface CustomerSource {
  readonly seed: number;
  readonly size: number;
  readonly calendar: Calendar;
  readonly salesReps: number;
  readonly firstHubNumber: number;
  readonly agreeing: boolean;
}

const TERM_DAYS = { DUE_ON_RECEIPT: 0, NET_15: 15, NET_30: 30, NET_45: 45, NET_60: 60 } as const;
/** The entity that serves each member of a hierarchy: a group buys in several countries. */
const MEMBER_ENTITY = ['2', '4', '3', '1'] as const;
const TIER = { ENTERPRISE: 'PREMIUM_PLUS', MID_MARKET: 'PREMIUM', SMALL_BUSINESS: 'STANDARD' } as const;
/** Euro cents. */
const USUAL_LIMIT = { ENTERPRISE: 50_000_000, MID_MARKET: 15_000_000, SMALL_BUSINESS: 4_000_000 } as const;

export function customer(index: number, source: CustomerSource): WorldCustomer {
  const random = createRandom(mixed(source.seed, index, 77));
  const role = roleOf(index, source.seed, source.size);
  const has = (trait: Trait): boolean => role.traits.includes(trait);
  const entity = entityOf(index, role, random);
  const country = has('tax-refused')
    ? 'CH'
    : role.headIndex === null
      ? countryFor(entity.country, random)
      : entity.country;
  const names = namesOf(index, role, country, source.seed, random);
  const segment = segmentOf(index, role, random);
  const paymentTerms = random.weighted([
    ['NET_30', 50],
    ['NET_15', 20],
    ['NET_45', 12],
    ['NET_60', 10],
    ['DUE_ON_RECEIPT', 8],
  ]);
  const terms: TradeTerms = {
    traits: role.traits,
    segment,
    currency: entity.currency,
    legalEntityId: entity.id,
    termDays: TERM_DAYS[paymentTerms],
  };
  const trades = !has('prospect') && !has('merged-away');
  const known = {
    erp: !has('prospect'),
    billing: trades && (index === 0 || role.traits.length > 0 || !random.chance(0.03) || source.agreeing),
    crm: true,
    support: trades && (index === 0 || role.traits.length > 0 || !random.chance(0.03) || source.agreeing),
  };
  const placed = trades ? orders(terms, source.calendar, random) : [];
  const held = known.billing ? subscriptions(index, terms, source.calendar, random) : [];
  const billed = trades ? invoices(terms, placed, monthlyLines(held, entity.currency), source.calendar, random) : [];
  const people = contacts(has('merged-away') ? 1 : random.int(2, 4), names.domain, country, random);
  const open = index === 0 || has('prospect') ? 1 : has('merged-away') ? 0 : random.int(0, 2);
  const typicalAmount = inCurrency(USUAL_LIMIT[segment] / 20, entity.currency);
  const drawn = opportunities(names.base, placed, open, typicalAmount, source.calendar, random);
  const deals = trades ? [...drawn, ...wonUnordered(index, names.base, entity.currency, source.calendar)] : drawn;
  const exposure = exposureOf(placed, billed);
  return {
    index,
    hubId: `C-${source.firstHubNumber + index}`,
    traits: role.traits,
    legalName: names.legalName,
    crmName: has('name-disagrees') && !source.agreeing ? names.base : names.legalName,
    domain: names.domain,
    email: `accounts@${names.domain}`,
    phone: phone(country, random),
    website: `https://www.${names.domain}`,
    address: address(country, random),
    segment,
    industry: names.industry,
    region: REGION[country] ?? 'EMEA',
    currency: entity.currency,
    legalEntityId: entity.id,
    taxId: taxId(country, random),
    taxCode: has('tax-refused') ? 'UNREGISTERED-CH' : `STANDARD-${entity.country}`,
    paymentTerms,
    creditLimit: creditLimit(index, has('credit-hold'), segment, entity.currency, exposure, random),
    creditHold: has('credit-hold'),
    salesRep: random.int(0, source.salesReps - 1),
    supportTier: TIER[segment],
    parentIndex: role.parentIndex,
    mergedIntoIndex: role.mergedIntoIndex,
    partnerIndex: role.mergedIntoIndex === null ? partnerOf(index, source.size) : null,
    known,
    contacts: people,
    opportunities: deals,
    quotes: [...quotes(drawn, source.calendar, random), ...acceptedQuotes(deals, index, source.calendar)],
    orders: placed,
    invoices: billed,
    subscriptions: held,
    payments: known.billing ? payments(held, terms, source.calendar, random) : [],
    cases: known.support ? cases(terms, people.length, source.calendar, random) : [],
    entitlements: known.support ? entitlements(held, terms, random) : [],
  };
}

/** Two of the customers resell: one serves a third of all others, C-10001 among them, one another third, the rest buy directly. */
const RESELLERS = [20, 21] as const;

function partnerOf(index: number, size: number): number | null {
  const partner = RESELLERS[index % 3];
  if (partner === undefined || partner >= size || RESELLERS.some((reseller) => reseller === index)) return null;
  return partner;
}

/** Customer 0 is German, the 17th of every thirty Japanese where nothing else is special; the rest as the group sells. */
function entityOf(index: number, role: CustomerRole, random: Random): WorldLegalEntity {
  if (role.headIndex !== null) return legalEntity(MEMBER_ENTITY[role.member] ?? '2');
  if (index === 0) return legalEntity('2');
  if (index % 30 === 16 && role.traits.length === 0) return legalEntity('5');
  return random.weighted([
    [LEGAL_ENTITIES[0], 30],
    [legalEntity('2'), 32],
    [legalEntity('3'), 20],
    [legalEntity('4'), 18],
  ]);
}

function namesOf(index: number, role: CustomerRole, country: string, seed: number, random: Random) {
  const { base, industry } = companyName(role.headIndex ?? role.mergedIntoIndex ?? index, seed);
  const form = legalForm(country, random);
  const domain = domainOf(base);
  if (role.mergedIntoIndex !== null) {
    return { base: base.toUpperCase(), legalName: `${base.toUpperCase()} ${form}`, industry, domain };
  }
  if (role.member > 0) {
    const place = COUNTRY_NAME[country] ?? country;
    return {
      base: `${base} ${place}`,
      legalName: `${base} ${place} ${form}`,
      industry,
      domain: `${country.toLowerCase()}.${domain}`,
    };
  }
  const holding = role.traits.includes('name-disagrees') ? ' Holding' : '';
  return { base, legalName: `${base}${holding} ${form}`, industry, domain };
}

function segmentOf(index: number, role: CustomerRole, random: Random): WorldCustomer['segment'] {
  if (index === 0) return 'MID_MARKET';
  if (role.headIndex !== null) return role.member === 0 ? 'ENTERPRISE' : 'MID_MARKET';
  return random.weighted([
    ['SMALL_BUSINESS', 50],
    ['MID_MARKET', 35],
    ['ENTERPRISE', 15],
  ]);
}

/** What the customer owes and what is ordered but not yet billed, tax included. */
export function exposureOf(placed: readonly Order[], billed: WorldCustomer['invoices']): number {
  const owed = billed.reduce((sum, invoice) => sum + invoice.balance, 0);
  return placed.reduce((sum, order) => (UNBILLED.has(order.status) ? sum + order.net + order.tax : sum), owed);
}
const UNBILLED: ReadonlySet<Order['status']> = new Set([
  'PENDING_FULFILMENT',
  'PARTIALLY_FULFILLED',
  'PENDING_BILLING',
]);

/** Well above what is owed, so that most customers can order; on credit hold below it; some enterprises have none. */
function creditLimit(
  index: number,
  hold: boolean,
  segment: WorldCustomer['segment'],
  currency: string,
  exposure: number,
  random: Random,
): number | null {
  const round = inCurrency(100_000, currency);
  if (hold) return Math.floor((exposure * 0.6) / round) * round || Math.floor(exposure / 2);
  const usual = inCurrency(USUAL_LIMIT[segment], currency);
  if (index !== 0 && segment === 'ENTERPRISE' && random.chance(0.2)) return null;
  return Math.max(usual, Math.ceil((exposure * 2.5) / round) * round);
}
