import type { Call } from '../../../platform/call.ts';
import { type Ownership, ownerAt } from '../../../platform/ownership/ownership.ts';
import type { CrmAccountChange } from '../../crm/model.ts';
import type { ErpCustomer, ErpCustomerChange } from '../../erp/model.ts';
import type { KnownCustomer, PlannedWrite, System } from '../model.ts';
import type { UpdateCustomer } from '../sagas/update-customer.ts';
import type { NotOwner, Rejection, UpdateCustomerInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { judgeEnvelope } from './input.ts';
import { findCustomer, lacks } from './known-customer.ts';
import { judgeMasterData, type MasterData, masterDataIn, oldValueOf } from './master-data.ts';
import { collectReasons } from './verdict.ts';

export type UpdateVerdict =
  | { readonly passed: true; readonly plan: UpdateCustomer }
  | { readonly passed: false; readonly refusals: readonly NotOwner[]; readonly reasons: readonly Rejection[] };

/** Which external id a system knows the customer by. */
const LINK = {
  ERP: 'erpCustomerId',
  BILLING: 'billingCustomerId',
  CRM: 'crmAccountId',
  SUPPORT: 'supportOrgId',
} as const satisfies Partial<Record<System, keyof KnownCustomer>>;

/** Sorts each field to the system that owns it at the customer's stage, and asks whether the caller acts for that system. */
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
  const customer = await findCustomer(ports, input.customerId, reading, reasons);
  if (customer === null) return { passed: false, refusals, reasons: reasons.all };

  const legal = await legalRecord(ports, customer, reading);
  const reached = new Set(legal?.hasOrders === true ? ['ORDER_ACCEPTED'] : []);
  const writes: PlannedWrite[] = [];
  const bySystem = new Map<System, MasterData[]>();
  for (const field of data) {
    const owner = caller.ownership.owners.get(field.canonical);
    if (owner === undefined) throw new Error(`${field.canonical} has no owner in the schema`);
    const now = ownerAt(owner, reached);
    const system = now.system as System; // the schema's enum `System`
    if (caller.actsFor !== system) {
      refusals.push(notOwner(field, system, now.since, caller));
      continue;
    }
    if (isLinked(system) && lacks(system, customer[LINK[system]], reasons, field.input)) continue;
    if (system === 'CRM' && field.input === 'paymentTerms') {
      reasons.add(
        'BAD_VALUE',
        'CRM',
        'the CRM keeps no payment terms: they are agreed with the first order and are the ERP’s from then on',
        'paymentTerms',
      );
      continue;
    }
    if (field.input === 'supportTier' && !ports.support.capabilities.supportTiers) {
      reasons.add('BAD_VALUE', 'SUPPORT', 'the support desk keeps no support plans', 'supportTier');
      continue;
    }
    bySystem.set(system, [...(bySystem.get(system) ?? []), field]);
    writes.push({
      system,
      owner: system,
      field: field.canonical,
      oldValue: system === 'ERP' ? oldValueOf(field, legal) : null,
      newValue: field.text,
    });
  }
  if (refusals.length > 0 || reasons.all.length > 0) return { passed: false, refusals, reasons: reasons.all };
  return { passed: true, plan: { customer, writes, ...changes(customer, input, bySystem) } };
}

const isLinked = (system: System): system is keyof typeof LINK => Object.hasOwn(LINK, system);

async function legalRecord({ erp }: Ports, { erpCustomerId }: KnownCustomer, call: Call): Promise<ErpCustomer | null> {
  if (erpCustomerId === null) return null;
  const [legal] = await erp.customers([erpCustomerId], call);
  return legal ?? null;
}

/** The input as each owner's port takes it. */
function changes(
  { erpCustomerId, crmAccountId, billingCustomerId, supportOrgId }: KnownCustomer,
  input: UpdateCustomerInput,
  bySystem: ReadonlyMap<System, readonly MasterData[]>,
): Pick<UpdateCustomer, 'erp' | 'crm' | 'billing' | 'support'> {
  const given = (system: System, name: MasterData['input']): boolean =>
    bySystem.get(system)?.some((field) => field.input === name) === true;
  const address = input.billingAddress && {
    line2: null,
    region: null,
    postalCode: null,
    ...input.billingAddress,
  };
  const erp: ErpCustomerChange | null =
    erpCustomerId !== null && bySystem.has('ERP')
      ? {
          customerId: erpCustomerId,
          ...(given('ERP', 'legalName') && input.legalName ? { legalName: input.legalName } : {}),
          ...(given('ERP', 'billingAddress') && address ? { billingAddress: address } : {}),
          ...(given('ERP', 'paymentTerms') && input.paymentTerms ? { paymentTerms: input.paymentTerms } : {}),
        }
      : null;
  const crm: CrmAccountChange | null =
    crmAccountId !== null && bySystem.has('CRM')
      ? {
          accountId: crmAccountId,
          ...(given('CRM', 'segment') && input.segment ? { segment: input.segment } : {}),
          ...(given('CRM', 'industry') && input.industry ? { industry: input.industry } : {}),
          ...(given('CRM', 'website') && input.website ? { website: input.website } : {}),
          ...(given('CRM', 'billingAddress') && address ? { billingAddress: address } : {}),
        }
      : null;
  const email = given('BILLING', 'billingEmail') ? input.billingEmail : null;
  const supportTier = given('SUPPORT', 'supportTier') ? input.supportTier : null;
  return {
    erp,
    crm,
    billing: billingCustomerId !== null && email ? { customerId: billingCustomerId, email } : null,
    support: supportOrgId !== null && supportTier ? { orgId: supportOrgId, supportTier } : null,
  };
}

function notOwner(
  { canonical }: MasterData,
  owner: System,
  since: string | null,
  { actsFor, ownership }: { actsFor: string | null; ownership: Ownership },
): NotOwner {
  const useMutation = otherActOn(canonical, ownership);
  const caller = actsFor === null ? 'this key acts for no system' : `this key acts for ${actsFor}`;
  const way = useMutation === null ? `ask for it in ${owner}` : `use ${useMutation}, or ask for it in ${owner}`;
  return {
    code: 'NOT_OWNER',
    field: canonical,
    owner,
    since: since as NotOwner['since'], // the schema's enum `Milestone`
    useMutation,
    message: `${canonical} is owned by ${owner}${since === null ? '' : ` since ${since}`}; ${caller}: ${way}`,
  };
}

/** The act, other than this one, whose input changes the field: `AmendSubscriptionInput` belongs to `amendSubscription`. */
function otherActOn(canonical: string, { writes }: Ownership): string | null {
  for (const [input, targets] of writes) {
    const type = input.slice(0, input.indexOf('.'));
    if (!targets.includes(canonical) || !type.endsWith('Input') || type === 'UpdateCustomerInput') continue;
    const act = type.slice(0, -'Input'.length);
    if (act === 'AmendSubscription' || act === 'SubmitOrder') return act.charAt(0).toLowerCase() + act.slice(1);
  }
  return null;
}
