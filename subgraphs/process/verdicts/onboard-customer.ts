import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { LookAlike } from '../../identity/port.ts';
import type { KnownCustomer, PlannedWrite } from '../model.ts';
import type { OnboardCustomer } from '../sagas/onboard-customer.ts';
import type { OnboardCustomerInput, Rejection } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedOnboarding } from '../writes/onboard-customer.ts';
import { isId, judgeEnvelope, judgeText } from './input.ts';
import { asKnown } from './known-customer.ts';
import { isEmail, judgeMasterData } from './master-data.ts';
import { collectReasons, type Reasons } from './verdict.ts';

export type OnboardVerdict =
  | { readonly passed: true; readonly plan: OnboardCustomer }
  | { readonly passed: false; readonly reasons: readonly Rejection[]; readonly candidates: readonly LookAlike[] };

/** Longest name that the ERP takes. */
const LONGEST_NAME = 83;

/** Judges a newcomer: its data, its legal entity, and first of all whether it is one. `hubId` is the one it would get. */
export async function judgeOnboarding(
  ports: Ports,
  input: OnboardCustomerInput,
  given: { readonly hubId: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<OnboardVerdict> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  judgeData(input, reasons);
  if (reading.rows != null) {
    // Its own rows would not hold the new customer, and hide whom it is a duplicate of.
    reasons.add('ROWS_LIMITED', 'HUB', 'this key sees some customers only; ask with one that sees all');
  }
  const no = (candidates: readonly LookAlike[]): OnboardVerdict => ({
    passed: false,
    reasons: reasons.all,
    candidates,
  });
  if (reasons.all.length > 0) return no([]);

  const brought = await customerOf(ports, input.opportunityId ?? null, reading, reasons);
  const [alike, taxed] = await Promise.all([
    ports.identity.lookAlikes({ name: input.legalName, email: input.billingEmail }, reading),
    holdersOf(ports, input.taxId ?? null, reading),
    judgeEntity(ports, input, reading, reasons),
  ]);
  const denied = new Set(input.confirmNotDuplicateOf ?? []);
  const candidates = [...taxed, ...alike.filter((one) => taxed.every(({ id }) => id !== one.id))].filter(
    (one) => one.id !== brought?.id && !denied.has(one.id),
  );
  if (candidates.length > 0) {
    reasons.add(
      'LIKELY_DUPLICATE',
      'HUB',
      `it looks like ${candidates.map((one) => one.id).join(', ')}; use that customer, or name each in confirmNotDuplicateOf`,
      taxed.includes(candidates[0] as LookAlike) ? 'taxId' : 'legalName',
    );
  }
  if (!ports.erp.capabilities.opensCustomers && brought?.erpCustomerId == null) {
    reasons.add(
      'BAD_VALUE',
      'ERP',
      'this ERP takes no new customers from the hub; open it there, with the hub id, first',
    );
  }
  if (reasons.all.length > 0) return no(candidates);
  const act = planned(ports, input, brought, given.hubId);
  if (act.erp === null && act.billing === null && act.crm === null && act.support === null) {
    reasons.add('NOTHING_TO_CHANGE', 'HUB', `${act.customer.id} is in every system already`, 'opportunityId');
    return no([]);
  }
  return { passed: true, plan: { ...act, writes: plannedOnboarding(act, given.ownerOf) } };
}

/** Customers that carry the tax id in the ERP, as far as the register knows them. What it is written like there is not told. */
async function holdersOf({ erp, identity }: Ports, taxId: string | null, reading: Call): Promise<readonly LookAlike[]> {
  const holders = taxId === null ? [] : await erp.taxIdHolders(taxId, reading);
  if (holders.length === 0) return [];
  const found = await identity.byExternalId(
    holders.map((externalId) => ({ system: 'ERP' as const, externalId })),
    reading,
  );
  return found.flatMap((one) =>
    one === null ? [] : [{ id: one.id, name: one.displayName, likelihood: 1, reason: 'the same tax id in the ERP' }],
  );
}

function judgeData(input: OnboardCustomerInput, reasons: Reasons): void {
  const { idempotencyKey, billingAddress, billingEmail, segment, website, supportTier } = input;
  judgeText(input.legalName, LONGEST_NAME, 'legalName', reasons);
  judgeMasterData(
    { idempotencyKey, customerId: '', billingAddress, billingEmail, segment, website, supportTier },
    reasons,
  );
  if (input.taxId != null) judgeText(input.taxId, 40, 'taxId', reasons);
  if (input.region != null) judgeText(input.region, 40, 'region', reasons);
  const { firstName, lastName, email } = input.contact;
  judgeText(firstName, 40, 'contact.firstName', reasons);
  judgeText(lastName, 80, 'contact.lastName', reasons);
  if (!isEmail(email) || email.length > 80) {
    reasons.add(
      'BAD_VALUE',
      'HUB',
      'write an e-mail address like ann@example.com, of at most 80 characters',
      'contact.email',
    );
  }
  if ((input.confirmNotDuplicateOf?.length ?? 0) > 100) {
    reasons.add('BAD_VALUE', 'HUB', 'name at most 100 customers', 'confirmNotDuplicateOf');
  }
}

/** The customer whose account the opportunity is of; null: none was named, or the hub does not know the account's customer. */
async function customerOf(
  { crm, identity }: Ports,
  opportunityId: string | null,
  reading: Call,
  reasons: Reasons,
): Promise<KnownCustomer | null> {
  if (opportunityId === null) return null;
  const [opportunity] = isId(opportunityId) ? await crm.opportunities([id<'Opportunity'>(opportunityId)], reading) : [];
  const account = opportunity?.accountId ?? null;
  const [found] =
    account === null ? [] : await identity.byExternalId([{ system: 'CRM', externalId: account }], reading);
  if (found) return asKnown(found);
  reasons.add(
    'UNKNOWN_OPPORTUNITY',
    'CRM',
    'there is no such opportunity of an account that carries a hub id; leave it out, or give the account one first',
    'opportunityId',
  );
  return null;
}

async function judgeEntity(
  { erp }: Ports,
  input: OnboardCustomerInput,
  reading: Call,
  reasons: Reasons,
): Promise<void> {
  const [entities = []] = await erp.legalEntities(['all'], reading);
  const entity = entities.find((one) => one.id === input.legalEntityId);
  if (!entity) {
    const message = 'there is no such legal entity; name one of `legalEntities`';
    reasons.add('UNKNOWN_LEGAL_ENTITY', 'ERP', message, 'legalEntityId');
  } else if (entity.currency !== input.currency) {
    const message = `${entity.name} sells in ${entity.currency}, not ${input.currency}`;
    reasons.add('WRONG_CURRENCY', 'ERP', message, 'currency', entity.currency);
  }
}

function planned(
  { support }: Ports,
  input: OnboardCustomerInput,
  brought: KnownCustomer | null,
  hubId: string,
): Omit<OnboardCustomer, 'writes'> {
  const { legalName, billingEmail: email, currency, segment, website, contact } = input;
  const nobody = { erpCustomerId: null, billingCustomerId: null, crmAccountId: null, supportOrgId: null };
  const customer = brought ?? { id: id<'Customer'>(hubId), name: legalName, ...nobody };
  const address = { line2: null, region: null, postalCode: null, ...input.billingAddress };
  const key = { hubId: customer.id };
  const supportTier = support.capabilities.supportTiers ? (input.supportTier ?? null) : null;
  return {
    customer,
    isNew: brought === null,
    email,
    region: input.region ?? null,
    legalEntityId: input.legalEntityId,
    erp:
      customer.erpCustomerId === null
        ? {
            ...{ ...key, legalName, billingAddress: address, email, currency, paymentTerms: input.paymentTerms },
            legalEntityId: id<'LegalEntity'>(input.legalEntityId),
            taxId: input.taxId ?? null,
          }
        : null,
    billing: customer.billingCustomerId === null ? { ...key, name: legalName, email, address } : null,
    crm:
      customer.crmAccountId === null
        ? {
            ...{ ...key, name: legalName, currency, region: input.region ?? null, contact },
            fields: { billingAddress: address, ...(segment ? { segment } : {}), ...(website ? { website } : {}) },
          }
        : null,
    support:
      customer.supportOrgId === null && support.capabilities.opensOrgs
        ? { ...key, name: legalName, supportTier }
        : null,
  };
}
