import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import type { ContractOrdersPort } from '../../contract-orders.ts';
import type { ContractOrder, Sku } from '../../model.ts';
import * as queries from './contract-order-queries.ts';
import { refused } from './failures.ts';
import { RECORD, type Session } from './session.ts';
import { isInternalId } from './sql.ts';
import type { SuiteQl } from './suiteql.ts';
import { ContractLineRow } from './wire.ts';

/**
 * The lines of a subscription's orders that recur are closed one order after the other (`isClosed`, as for `cancelSalesOrder`),
 * each in one request with the key and the lines in body fields of the hub's: by these the undo finds what it opens again.
 */
export function createContractOrders(session: Session, suiteql: SuiteQl): ContractOrdersPort {
  const linesOf = (select: Parameters<SuiteQl['rows']>[0], call: Call) => suiteql.rows(select, ContractLineRow, call);
  const write = (orderId: string, body: object, call: Call) =>
    session.send(
      {
        method: 'PATCH',
        path: `${RECORD}/salesOrder/${encodeURIComponent(orderId)}`,
        body: JSON.stringify(body),
        write: true,
      },
      call,
    );
  const closedUnder = async (key: string, call: Call) => byOrder(await linesOf(queries.closedUnder(key), call));

  return {
    async contractOrders(about, call) {
      if (!isInternalId(about.customerId)) return [];
      const rows = await linesOf(queries.openOfContract(about), call);
      return byOrder(rows).map(orderOf);
    },

    async closeContractOrders(about, call) {
      if (!isInternalId(about.customerId)) throw refused('it holds no such customer', 'customerId');
      const orders = byOrder(await linesOf(queries.openOfContract(about), call));
      const owed = orders.map(orderOf).find(({ unbilled }) => unbilled.length > 0);
      if (owed !== undefined) {
        throw refused(`order ${owed.number} holds what was delivered and is not invoiced`, 'subscriptionId');
      }
      for (const lines of orders) {
        const [{ id: orderId, closedby, closedlines }] = lines;
        // Of one order both may have to be told: some lines by a try before this one.
        const before = closedby === call.key ? (closedlines ?? '').split(',').map(Number) : [];
        const closing = lines.map(({ line }) => line);
        const body = {
          custbody_concord_closed_by: call.key,
          custbody_concord_closed_lines: [...new Set([...before, ...closing])].join(','),
          item: { items: closing.map((line) => ({ line, isClosed: true })) },
        };
        await write(orderId, body, call);
      }
      return (await closedUnder(call.key, call)).map(([{ id: orderId, number }]) => ({
        id: id<'SalesOrder'>(orderId),
        number,
      }));
    },

    async reopenContractOrders(_customer, call) {
      for (const [{ id: orderId, closedlines }] of await closedUnder(call.key, call)) {
        const lines = (closedlines ?? '').split(',').map(Number);
        const body = {
          custbody_concord_closed_by: null,
          custbody_concord_closed_lines: null,
          item: { items: lines.map((line) => ({ line, isClosed: false })) },
        };
        await write(orderId, body, call);
      }
    },
  };
}

type Lines = readonly [ContractLineRow, ...ContractLineRow[]];

const byOrder = (rows: readonly ContractLineRow[]): Lines[] =>
  [...Map.groupBy(rows, (row) => row.id).values()].map((lines) => lines as unknown as Lines); // a group has a line

function orderOf(lines: Lines): ContractOrder {
  const told = (quantityOf: (row: ContractLineRow) => number) =>
    lines.flatMap((row) =>
      quantityOf(row) > 0 ? [{ sku: id<'Sku'>(row.sku) as Sku, quantity: quantityOf(row) }] : [],
    );
  return {
    id: id<'SalesOrder'>(lines[0].id),
    number: lines[0].number,
    open: told(({ quantity }) => Math.abs(quantity)),
    // quantities of a sale are negative in the tables
    unbilled: told(({ shipped = 0, billed = 0 }) => Math.abs(shipped) - Math.abs(billed)),
  };
}
