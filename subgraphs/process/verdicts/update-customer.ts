import type { Call } from '../../../platform/call.ts';
import type { Ownership } from '../../../platform/ownership/ownership.ts';
import { type JudgedWrite, judgeWrites } from '../../../platform/ownership/rights.ts';
import { reachedOf } from '../milestones.ts';
import type { KnownCustomer, PlannedWrite, System } from '../model.ts';
import type { ProposedChange, ProposedInput } from '../proposals/proposal-store.ts';
import type { UpdateCustomer } from '../sagas/update-customer.ts';
import type { NotOwner, Rejection, UpdateCustomerInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { changesOf } from '../writes/update-customer.ts';
import { judgeEnvelope, judgeText } from './input.ts';
import { findCustomer, lacks } from './known-customer.ts';
import { heldValue, judgeMasterData, type MasterData, masterDataIn } from './master-data.ts';
import { type Records, recordsOf } from './records.ts';
import { collectReasons, type Reasons } from './verdict.ts';

export type UpdateVerdict =
  | { readonly passed: true; readonly plan: UpdateCustomer; readonly proposed: readonly ProposedForOwner[] }
  | { readonly passed: false; readonly refusals: readonly NotOwner[]; readonly reasons: readonly Rejection[] };

/** What the caller proposes to the steward of one system. */
export interface ProposedForOwner {
  readonly owner: System;
  readonly input: ProposedInput;
  readonly changes: readonly ProposedChange[];
}

const ACT = 'updateCustomer';
/** Which external id a system knows the customer by. */
const LINK = {
  ERP: 'erpCustomerId',
  BILLING: 'billingCustomerId',
  CRM: 'crmAccountId',
  SUPPORT: 'supportOrgId',
} as const satisfies Partial<Record<System, keyof KnownCustomer>>;

/**
 * Sorts each field to the system that owns it at the customer's stage: written where the caller acts for that system,
 * proposed where the schema allows it and the caller gave a reason, else refused; one that is refused refuses all.
 */
export async function judgeUpdate(
  ports: Ports,
  input: UpdateCustomerInput,
  caller: { readonly actsFor: string | null; readonly ownership: Ownership },
  reading: Call,
): Promise<UpdateVerdict> {
  const reasons = collectReasons();
  const refusals: NotOwner[] = [];
  judgeEnvelope(input, reasons);
  const data = masterDataIn(input);
  if (data.length === 0) reasons.add('NOTHING_TO_CHANGE', 'HUB', 'name at least one field to change');
  judgeMasterData(input, reasons);
  if (input.proposalReason != null) judgeText(input.proposalReason, 500, 'proposalReason', reasons);
  const customer = await findCustomer(ports, input.customerId, reading, reasons);
  if (customer === null) return { passed: false, refusals, reasons: reasons.all };

  const records = recordsOf(ports, customer, reading);
  const rights = await rightsOn(data, input, caller, { ports, customer, records, call: reading });
  const writes: PlannedWrite[] = [];
  const mine = new Map<System, MasterData[]>();
  const proposed = new Map<System, MasterData[]>();
  for (const field of data) {
    const judged = rights.get(field.canonical);
    if (judged === undefined) throw new Error(`no input of ${ACT} says that it changes ${field.canonical}`);
    const system = judged.owner as System; // the schema's enum `System`
    if (judged.right === 'NOT_OWNER' || (judged.right === 'PROPOSAL' && input.proposalReason == null)) {
      refusals.push(notOwner(judged, caller.actsFor));
      continue;
    }
    if (!isTaken(field, system, customer, ports, reasons)) continue;
    const sorted = judged.right === 'ALLOWED' ? mine : proposed;
    sorted.set(system, [...(sorted.get(system) ?? []), field]);
    if (judged.right === 'PROPOSAL') continue;
    const oldValue = await heldValue(field, system, records);
    writes.push({ system, owner: system, field: field.canonical, oldValue, newValue: field.text });
  }
  if (refusals.length > 0 || reasons.all.length > 0) return { passed: false, refusals, reasons: reasons.all };
  return {
    passed: true,
    plan: { customer, writes, ...changesOf(customer, input, mine) },
    proposed: await Promise.all(
      [...proposed].map(([owner, fields]) => proposalTo(owner, fields, customer, input, records)),
    ),
  };
}

async function rightsOn(
  data: readonly MasterData[],
  input: UpdateCustomerInput,
  { actsFor, ownership }: { readonly actsFor: string | null; readonly ownership: Ownership },
  asked: Parameters<typeof reachedOf>[1],
): Promise<ReadonlyMap<string, JudgedWrite>> {
  const until = data.flatMap(({ canonical }) => ownership.owners.get(canonical)?.until ?? []);
  const reached = await reachedOf(until, asked);
  return new Map(judgeWrites(ownership, ACT, { input }, { actsFor, reached }).map((one) => [one.field, one]));
}

const isLinked = (system: System): system is keyof typeof LINK => Object.hasOwn(LINK, system);

/** Whether the system can take the field at all, whoever asks. */
function isTaken(
  { input }: MasterData,
  system: System,
  customer: KnownCustomer,
  { support }: Ports,
  reasons: Reasons,
): boolean {
  if (isLinked(system) && lacks(system, customer[LINK[system]], reasons, input)) return false;
  if (system === 'CRM' && input === 'paymentTerms') {
    reasons.add(
      'BAD_VALUE',
      'CRM',
      'the CRM keeps no payment terms: they are agreed with the first order and are the ERP’s from then on',
      'paymentTerms',
    );
    return false;
  }
  if (input === 'supportTier' && !support.capabilities.supportTiers) {
    reasons.add('BAD_VALUE', 'SUPPORT', 'the support desk keeps no support plans', 'supportTier');
    return false;
  }
  return true;
}

async function proposalTo(
  owner: System,
  fields: readonly MasterData[],
  customer: KnownCustomer,
  input: UpdateCustomerInput,
  records: Records,
): Promise<ProposedForOwner> {
  return {
    owner,
    input: { customerId: customer.id, ...Object.fromEntries(fields.map((field) => [field.input, input[field.input]])) },
    changes: await Promise.all(
      fields.map(async (field) => ({
        field: field.canonical,
        oldValue: await heldValue(field, owner, records),
        newValue: field.text,
      })),
    ),
  };
}

function notOwner({ field, owner, since, right, useMutation }: JudgedWrite, actsFor: string | null): NotOwner {
  const caller = actsFor === null ? 'this key acts for no system' : `this key acts for ${actsFor}`;
  const mayPropose = right === 'PROPOSAL';
  const ways = [
    ...(useMutation === null ? [] : [`use ${useMutation}`]),
    ...(mayPropose ? ['give `proposalReason` to propose it'] : []),
    `ask for it in ${owner}`,
  ];
  return {
    code: 'NOT_OWNER',
    field,
    owner: owner as System, // this and the next: the schema's enums `System` and `Milestone`
    since: since as NotOwner['since'],
    useMutation,
    mayPropose,
    message: `${field} is owned by ${owner}${since === null ? '' : ` since ${since}`}; ${caller}: ${ways.join(', or ')}`,
  };
}
