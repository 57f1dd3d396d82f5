import type { Call } from '../../../../platform/call.ts';
import { emptyPage } from '../../../../platform/page.ts';
import type { OfCustomer, Return } from '../../after-sales.ts';
import type { ErpPort } from '../../port.ts';
import * as queries from './after-sales-queries.ts';
import { unknownCursor } from './read.ts';
import { isInternalId, isName } from './sql.ts';
import type { Select, SuiteQl } from './suiteql.ts';
import { toPage } from './translate.ts';
import { toAsset, toReturns, toServiceOrders } from './translate-after-sales.ts';
import { AssetRow, CreditNoteRow, ReturnRow, ServiceOrderRow } from './wire.ts';

type Reads = Pick<
  ErpPort,
  'installedAssets' | 'installedAssetsOf' | 'serviceOrders' | 'serviceOrdersOfCase' | 'returns' | 'returnsOfOrder'
>;

/** Assets, service orders and returns, each kind in one statement. Keys that NetSuite cannot hold are never sent. */
export function createAfterSalesReads(suiteql: SuiteQl): Reads {
  async function serviceOrders(keys: readonly string[], select: (keys: readonly string[]) => Select, call: Call) {
    return keys.length === 0 ? [] : toServiceOrders(await suiteql.rows(select(keys), ServiceOrderRow, call));
  }

  async function returns(keys: readonly string[], select: (keys: readonly string[]) => Select, call: Call) {
    if (keys.length === 0) return [];
    const rows = await suiteql.rows(select(keys), ReturnRow, call);
    const found = [...new Set(rows.map(({ id }) => id))];
    if (found.length === 0) return [];
    return toReturns(rows, await suiteql.rows(queries.creditNotesOfReturns(found), CreditNoteRow, call));
  }

  return {
    async installedAssets(numbers, call) {
      const possible = [...new Set(numbers.filter(isName))];
      const rows = possible.length === 0 ? [] : await suiteql.rows(queries.assetsBySerial(possible), AssetRow, call);
      const found = new Map(rows.map((row) => [row.serial, toAsset(row)]));
      return numbers.map((number) => found.get(number) ?? null);
    },
    installedAssetsOf: (lists, call) =>
      // Asked in one turn, so these are one statement (suiteql.ts).
      Promise.all(
        lists.map(async ({ of, first, after }) => {
          if (!isInternalId(of)) return emptyPage;
          if (after !== null && !isName(after)) throw unknownCursor();
          const rows = await suiteql.rows(queries.assetsOf(of, after, first), AssetRow, call);
          const sorted = rows.map(toAsset).sort((a, b) => (a.serialNumber < b.serialNumber ? -1 : 1));
          return toPage(sorted, first, ({ serialNumber }) => serialNumber);
        }),
      ),
    async serviceOrders(ids, call) {
      const found = await serviceOrders([...new Set(ids.filter(isInternalId))], queries.serviceOrdersById, call);
      const byId = new Map(found.map((one) => [one.id, one]));
      return ids.map((id) => byId.get(id) ?? null);
    },
    async serviceOrdersOfCase(caseIds, call) {
      const found = await serviceOrders([...new Set(caseIds.filter(isName))], queries.serviceOrdersOfCase, call);
      const byCase = Map.groupBy(found, ({ caseId }) => caseId);
      return caseIds.map((caseId) => ofCustomer(byCase.get(caseId)?.slice(-MOST_OF_A_CASE)));
    },
    async returns(ids, call) {
      const found = await returns([...new Set(ids.filter(isInternalId))], queries.returnsById, call);
      const byId = new Map(found.map((one) => [one.id, one]));
      return ids.map((id) => byId.get(id) ?? null);
    },
    async returnsOfOrder(ids, call) {
      const found = await returns([...new Set(ids.filter(isInternalId))], queries.returnsOfOrder, call);
      const byOrder = Map.groupBy(found, ({ salesOrderId }: Return) => salesOrderId);
      return ids.map((id) => ofCustomer(byOrder.get(id)));
    },
  };
}

const MOST_OF_A_CASE = 50;

/** Newest first; ids of NetSuite grow with time. */
function ofCustomer<Entry extends { readonly id: string; readonly customerId: OfCustomer<Entry>['customerId'] }>(
  entries: readonly Entry[] = [],
): OfCustomer<Entry> | null {
  const newest = [...entries].sort((a, b) => Number(b.id) - Number(a.id));
  const [first] = newest;
  return first === undefined ? null : { customerId: first.customerId, entries: newest };
}
