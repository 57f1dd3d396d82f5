import type { CrmAccountChange } from '../../crm/model.ts';
import type { ErpCustomerChange } from '../../erp/model.ts';
import type { KnownCustomer, System } from '../model.ts';
import type { UpdateCustomer } from '../sagas/update-customer.ts';
import type { UpdateCustomerInput } from '../schema.generated.ts';
import type { MasterData } from '../verdicts/master-data.ts';

/** The input as each owner's port takes it. */
export function changesOf(
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
