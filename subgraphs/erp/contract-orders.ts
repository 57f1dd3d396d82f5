import type { Call, WriteCall } from '../../platform/call.ts';
import { HubError } from '../../platform/errors.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { ContractInErp, ContractOrder, ErpCustomerId, SalesOrderId } from './model.ts';

/** What happens to the orders of a subscription when it ends before its time. */
export interface ContractOrdersPort {
  /** The orders that opened, amended or renewed it and of which something is open, oldest first. */
  contractOrders(about: ContractInErp, call: Call): Promise<readonly ContractOrder[]>;
  /**
   * Closes what `contractOrders` tells as open, under `call.key`; the answer names the orders that this key has closed something
   * of. @throws REFUSED where something is not invoiced yet, and without `capabilities.closesOrders`
   */
  closeContractOrders(
    about: ContractInErp,
    call: WriteCall,
  ): Promise<readonly { readonly id: SalesOrderId; readonly number: string }[]>;
  /** Opens again what was closed under `call.key`; does nothing when that was nothing. */
  reopenContractOrders(customer: { readonly customerId: ErpCustomerId }, call: WriteCall): Promise<void>;
}

const touchesCustomer = ({ customerId }: { readonly customerId: ErpCustomerId }) => [`customer:${customerId}`];

export const CONTRACT_ORDER_METHODS = {
  contractOrders: { kind: 'read', customer: { of: ({ customerId }: ContractInErp) => customerId } },
  closeContractOrders: {
    kind: 'write',
    touches: (about: ContractInErp, closed: readonly { readonly id: SalesOrderId; readonly number: string }[]) => [
      ...touchesCustomer(about),
      ...closed.flatMap(({ id, number }) => [`salesOrder:${id}`, `salesOrderNumber:${number}`]),
    ],
  },
  reopenContractOrders: { kind: 'write', touches: touchesCustomer },
} satisfies MethodsOf<ContractOrdersPort>;

/** That part of the port for an ERP that ends orders whole or not at all (`capabilities.closesOrders` is false). */
export const withoutContractOrders = (system: string): ContractOrdersPort => ({
  contractOrders: async () => [],
  closeContractOrders: async () => {
    throw new HubError('REFUSED', `${system} refused: it closes no part of an order`, { system });
  },
  reopenContractOrders: async () => undefined, // none was closed
});
