import type { HeldRecord } from '../../../platform/port/scan.ts';
import type { CustomerFacts, Kept } from '../facts.ts';
import type { Found, SystemName } from '../found.ts';
import { monthlyText } from './at-stake.ts';

type Holder = Exclude<SystemName, 'HUB'>;
type Record_ = Kept<HeldRecord>;

/** Systems in which a customer has to be whose subscription runs: without them he is not served, or not in the books. */
const REQUIRED: readonly Holder[] = ['ERP', 'SUPPORT'];

/** @param read the systems that were read as a whole: of another nothing can be said */
export function recordsThatAreWrong(facts: CustomerFacts, read: ReadonlySet<string>): Found[] {
  const held: Readonly<Record<Holder, readonly Record_[]>> = {
    ERP: facts.erp,
    CRM: facts.crm,
    BILLING: facts.billing,
    SUPPORT: facts.support,
  };
  const holders = (Object.keys(held) as Holder[]).filter((system) => read.has(system)); // the table's own keys
  return holders.flatMap((system) => [
    ...brokenLinks(facts, system, held[system]),
    ...missing(facts, system, held[system]),
    ...duplicates(facts, system, held[system]),
  ]);
}

const about = (facts: CustomerFacts, system: Holder) => ({
  customerId: facts.customerId,
  customerName: facts.registered?.name ?? facts.customerId,
  system,
  owner: 'HUB' as const, // the register says whose a record is
  field: 'Customer.externalIds',
  atStake: monthlyText(facts),
});

const linked = ({ registered }: CustomerFacts, system: Holder) =>
  (registered?.links ?? []).filter((link) => link.system === system);

/** Links to what was deleted, and to what is not there at all. */
function brokenLinks(facts: CustomerFacts, system: Holder, records: readonly Record_[]): Found[] {
  return linked(facts, system).flatMap(({ externalId }): Found[] => {
    const record = records.find((one) => one.externalId === externalId);
    if (record !== undefined && record.state !== 'DELETED') return [];
    return [
      {
        ...about(facts, system),
        kind: record === undefined ? 'LINK_TO_NOTHING' : 'RECORD_DELETED',
        subject: externalId,
        ownerValue: externalId,
        observedValue: null,
        about: { externalId, subscriptions: runningIn(facts) },
      },
    ];
  });
}

/** Who is charged every month is in the books and is served; a link to nothing says so already. */
function missing(facts: CustomerFacts, system: Holder, records: readonly Record_[]): Found[] {
  const subscriptions = runningIn(facts);
  const known = linked(facts, system).length > 0 || records.some(({ state }) => state === 'STANDS');
  if (!REQUIRED.includes(system) || subscriptions.length === 0 || known) return [];
  return [
    {
      ...about(facts, system),
      kind: 'CUSTOMER_MISSING',
      subject: facts.customerId,
      ownerValue: facts.customerId,
      observedValue: null,
      about: { subscriptions },
    },
  ];
}

/** Every record but the one that counts: with business on it, else linked, else the first. */
function duplicates(facts: CustomerFacts, system: Holder, records: readonly Record_[]): Found[] {
  const own = records.filter(({ hubId, state }) => hubId === facts.customerId && state === 'STANDS');
  if (own.length < 2) return [];
  const isLinked = (one: Record_) => linked(facts, system).some(({ externalId }) => externalId === one.externalId);
  const weight = (one: Record_) => (hasBusiness(facts, one) ? 2 : 0) + (isLinked(one) ? 1 : 0);
  const [counts, ...others] = own.toSorted((a, b) => weight(b) - weight(a) || (a.externalId < b.externalId ? -1 : 1));
  return others.map((one) => ({
    ...about(facts, system),
    kind: 'DUPLICATE_RECORD',
    subject: one.externalId,
    ownerValue: counts?.externalId ?? null,
    observedValue: one.externalId,
    about: { externalId: one.externalId, linked: isLinked(one), business: hasBusiness(facts, one) },
  }));
}

/** Whether subscriptions, payments, books or rights hang on the record: then a person has to join the two. */
const hasBusiness = ({ billing, payments, books, rights }: CustomerFacts, { externalId }: Record_): boolean =>
  billing.some((one) => one.externalId === externalId && one.subscriptions.length > 0) ||
  payments.some(({ customerId }) => customerId === externalId) ||
  books.some(({ customerId }) => customerId === externalId) ||
  rights.some(({ orgId }) => orgId === externalId);

const runningIn = ({ billing, customerId }: CustomerFacts): string[] =>
  billing.filter(({ hubId }) => hubId === customerId).flatMap(({ subscriptions }) => subscriptions.map(({ id }) => id));
