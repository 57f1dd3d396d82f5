import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { Customer } from '../../identity/model.ts';
import type { KnownCustomer, PlannedWrite, Process, System } from '../model.ts';
import type { MergeCustomers, UnmergeCustomers } from '../sagas/merge-customers.ts';
import type {
  MergeCustomersInput,
  MergedField,
  UnmergeCustomersInput,
  UpdateCustomerInput,
} from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedMerge } from '../writes/merge-customers.ts';
import { changesOf } from '../writes/update-customer.ts';
import { isId, judgeEnvelope } from './input.ts';
import { asKnown } from './known-customer.ts';
import { heldValue, type MasterData, masterDataIn } from './master-data.ts';
import { type Records, recordsOf } from './records.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

/** What is running on a customer now, if anything. */
export type PendingOf = (customerIds: readonly string[]) => Promise<readonly (Process | null)[]>;

/** Which field of master data each is, and who owns it once the customer trades. */
const FIELDS = {
  LEGAL_NAME: ['legalName', 'ERP'],
  BILLING_ADDRESS: ['billingAddress', 'ERP'],
  PAYMENT_TERMS: ['paymentTerms', 'ERP'],
  BILLING_EMAIL: ['billingEmail', 'BILLING'],
  SEGMENT: ['segment', 'CRM'],
  INDUSTRY: ['industry', 'CRM'],
  WEBSITE: ['website', 'CRM'],
  SUPPORT_TIER: ['supportTier', 'SUPPORT'],
} as const satisfies Record<MergedField, readonly [MasterData['input'], System]>;

/** Judges whether two customers may become one: both stand, nothing runs on either, one currency, neither above the other. */
export async function judgeMerge(
  ports: Ports,
  input: MergeCustomersInput,
  pendingOf: PendingOf,
  reading: Call,
): Promise<Verdict<MergeCustomers>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  const asked = [input.survivorId, input.mergedId].filter(isId).map(id<'Customer'>);
  const found = await ports.identity.customers(asked, reading);
  const held = new Map(asked.map((each, nr) => [String(each), found[nr] ?? null]));
  const survivor = standing(held.get(input.survivorId) ?? null, input.survivorId, 'survivorId', reasons);
  const merged = standing(held.get(input.mergedId) ?? null, input.mergedId, 'mergedId', reasons);
  if (survivor === null || merged === null) return rejected(reasons);
  if (survivor.id === merged.id) {
    reasons.add('BAD_VALUE', 'HUB', 'name two different customers', 'mergedId');
    return rejected(reasons);
  }
  judgeRelation(survivor, merged, reasons);
  await judgeIdle([survivor, merged], pendingOf, reasons);
  const [customer, gone] = [asKnown(survivor), asKnown(merged)];
  const [into, from] = [recordsOf(ports, customer, reading), recordsOf(ports, gone, reading)];
  await judgeCurrencies(into, from, reasons);
  const taken = await takenOver(input.fieldsFromMerged ?? [], customer, { into, from }, ports, reasons);
  if (reasons.all.length > 0) return rejected(reasons);
  return {
    passed: true,
    plan: {
      customer,
      merged: gone,
      ...changesOf(customer, taken.input, taken.bySystem),
      writes: [...taken.writes, ...plannedMerge(survivor, merged)],
    },
  };
}

/** Judges whether a merge may be taken back. */
export async function judgeUnmerge(
  { identity }: Ports,
  input: UnmergeCustomersInput,
  { pendingOf, now, days }: { readonly pendingOf: PendingOf; readonly now: number; readonly days: number },
  reading: Call,
): Promise<Verdict<UnmergeCustomers>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  const asked = isId(input.mergedId) ? [id<'Customer'>(input.mergedId)] : [];
  const [[survivor], [merge]] = await Promise.all([
    identity.customers(asked, reading),
    identity.mergesOf(asked, reading),
  ]);
  if (!survivor) {
    reasons.add('UNKNOWN_CUSTOMER', 'HUB', 'there is no such customer; use the hub id, like C-10001', 'mergedId');
    return rejected(reasons);
  }
  const tooLate = merge && now - Date.parse(merge.mergedAt) > days * 86_400_000;
  if (!merge || tooLate || merge.survivorId !== survivor.id) {
    const why = !merge
      ? 'no merge by a steward holds for this customer; what a system merged is undone in that system'
      : tooLate
        ? `it was merged more than ${days} days ago`
        : `it leads to ${survivor.id} by way of ${merge.survivorId}; unmerge that one first`;
    reasons.add('NOT_UNMERGEABLE', 'HUB', why, 'mergedId');
  }
  await judgeIdle([survivor], pendingOf, reasons, ['mergedId']);
  if (reasons.all.length > 0) return rejected(reasons);
  const known = asKnown(survivor);
  return { passed: true, plan: { survivor: known, mergedId: id(input.mergedId), accountId: known.crmAccountId } };
}

function standing(found: Customer | null, asked: string, field: string, reasons: Reasons): Customer | null {
  if (found === null) {
    reasons.add('UNKNOWN_CUSTOMER', 'HUB', 'there is no such customer; use the hub id, like C-10001', field);
    return null;
  }
  if (found.id === asked) return found;
  reasons.add('ALREADY_MERGED', 'HUB', `it was merged into ${found.id} already; name that one`, field, found.id);
  return null;
}

function judgeRelation(survivor: Customer, merged: Customer, reasons: Reasons): void {
  if (survivor.parentId !== merged.id && merged.parentId !== survivor.id) return;
  reasons.add(
    'RELATED_CUSTOMERS',
    'ERP',
    'one of the two is above the other in the ERP’s hierarchy: they are two legal persons; finance has to end that first',
    'mergedId',
  );
}

/** While an act is under way, or waits for an operator, what it wrote would no longer be where it looks. */
async function judgeIdle(
  customers: readonly Customer[],
  pendingOf: PendingOf,
  reasons: Reasons,
  fields: readonly string[] = ['survivorId', 'mergedId'],
): Promise<void> {
  const pending = await pendingOf(customers.map((customer) => customer.id));
  pending.forEach((process, at) => {
    if (process === null) return;
    const what = process.state === 'EXCEPTION' ? 'waits for an operator' : 'is under way';
    reasons.add(
      'PROCESS_RUNNING',
      'HUB',
      `process ${process.id} ${what} for this customer; come again when it has ended`,
      fields[at] ?? 'mergedId',
    );
  });
}

async function judgeCurrencies(into: Records, from: Records, reasons: Reasons): Promise<void> {
  const [one, other] = await Promise.all([into.erp(), from.erp()]);
  if (!one || !other || one.currency === other.currency) return;
  const message = `the two trade in ${one.currency} and ${other.currency}: their books cannot be one`;
  reasons.add('WRONG_CURRENCY', 'ERP', message, 'mergedId', one.currency);
}

/** The merged customer's values as a change of the survivor. */
async function takenOver(
  fields: readonly MergedField[],
  survivor: KnownCustomer,
  { into, from }: { readonly into: Records; readonly from: Records },
  ports: Ports,
  reasons: Reasons,
) {
  const values = await valuesOf(from);
  const given: Partial<Record<MasterData['input'], unknown>> = {};
  for (const field of new Set(fields)) {
    const [name, system] = FIELDS[field];
    const value = values[name];
    if (value == null) {
      reasons.add('BAD_VALUE', system, `the merged customer has no ${name} to take over`, 'fieldsFromMerged');
    } else if (name === 'supportTier' && !ports.support.capabilities.supportTiers) {
      reasons.add('BAD_VALUE', system, 'the support desk keeps no support plans', 'fieldsFromMerged');
    } else if (survivor[LINK[system]] === null) {
      const message = `${system} does not know the survivor, so it cannot take over ${name}`;
      reasons.add('SYSTEM_LACKS_CUSTOMER', system, message, 'fieldsFromMerged');
    } else given[name] = value;
  }
  // The owners' own values, of the types that the input has.
  const input = { idempotencyKey: '', customerId: survivor.id, ...given } as UpdateCustomerInput;
  const bySystem = new Map<System, MasterData[]>();
  const writes: PlannedWrite[] = [];
  for (const field of masterDataIn(input)) {
    const system = Object.values(FIELDS).find(([name]) => name === field.input)?.[1] ?? 'HUB';
    bySystem.set(system, [...(bySystem.get(system) ?? []), field]);
    const oldValue = await heldValue(field, system, into);
    writes.push({ system, owner: system, field: field.canonical, oldValue, newValue: field.text });
  }
  return { input, bySystem, writes };
}

const LINK = {
  HUB: 'id',
  ERP: 'erpCustomerId',
  BILLING: 'billingCustomerId',
  CRM: 'crmAccountId',
  SUPPORT: 'supportOrgId',
  SUCCESS: 'id',
} as const satisfies Record<System, keyof KnownCustomer>;

async function valuesOf(records: Records): Promise<Record<MasterData['input'], unknown>> {
  const [legal, account, billing, org] = await Promise.all([
    records.erp(),
    records.crm(),
    records.billing(),
    records.support(),
  ]);
  const { line1, city, country } = legal?.billingAddress ?? {};
  return {
    legalName: legal?.legalName,
    // An address that the graph's input could not name is not taken over in part.
    billingAddress: line1 && city && country ? legal?.billingAddress : null,
    paymentTerms: legal?.paymentTerms,
    billingEmail: billing?.email,
    segment: account?.segment,
    industry: account?.industry,
    website: account?.website,
    supportTier: org?.supportTier,
  };
}
