/** A row of an export, by the names of its columns; what is not known is null. */
export type ExportRow = Readonly<Record<string, unknown>>;

/** One kind of record that can be exported: a page of customers is asked for, and rows are made of each. */
export interface ExportKind {
  /** In their order. With dots, as `import` reads them. */
  readonly columns: readonly string[];
  /** What is asked of each customer. */
  readonly fields: string;
  /** Customers asked for at once, to begin with: fewer where that costs more than an operation may. */
  readonly pageSize: number;
  readonly rowsOf: (customer: ExportedCustomer) => readonly ExportRow[];
  /** What more there is of this customer than a page holds; absent: there is never more. */
  readonly more?: { readonly query: string; readonly cursorOf: (customer: ExportedCustomer) => string | null };
}

/** A customer as one of the `fields` below asks for it: what another kind asks for is not there. */
export interface ExportedCustomer {
  readonly id: string;
  readonly legalEntity?: { readonly id: string } | null;
  readonly billingAddress?: Readonly<Record<string, string | null>> | null;
  readonly externalIds?: readonly {
    readonly system: string;
    readonly externalId: string;
    readonly endedAt: string | null;
  }[];
  readonly salesOrders?: {
    readonly nodes: readonly ExportedOrder[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  } | null;
  readonly [plain: string]: unknown;
}

interface ExportedOrder extends ExportedCustomer {
  readonly number: string;
  readonly netTotal: { readonly amount: string } | null;
  readonly tax: { readonly amount: string } | null;
  readonly total: { readonly amount: string } | null;
  readonly lines: readonly ExportedLine[];
}

interface ExportedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: { readonly amount: string } | null;
}

const ORDERS = `nodes { id number status orderedOn currency purchaseOrderNumber legalEntity { id } netTotal { amount }
  tax { amount } total { amount } lines { sku quantity unitPrice { amount } } } pageInfo { hasNextPage endCursor }`;
const ORDERS_AT_ONCE = 25;

export const EXPORT_KINDS: Readonly<Record<string, ExportKind>> = {
  customers: {
    pageSize: 50,
    columns: [
      ...['customerId', 'displayName', 'legalName', 'taxId', 'billingEmail', 'paymentTerms', 'legalEntityId'],
      ...['billingAddress.line1', 'billingAddress.line2', 'billingAddress.city', 'billingAddress.region'],
      ...['billingAddress.postalCode', 'billingAddress.country', 'segment', 'region', 'website', 'supportTier'],
    ],
    fields: `id displayName legalName taxId billingEmail paymentTerms legalEntity { id } segment region website
      supportTier billingAddress { line1 line2 city region postalCode country }`,
    rowsOf: ({ id, legalEntity, billingAddress, ...rest }) => [
      {
        customerId: id,
        ...rest,
        legalEntityId: legalEntity?.id ?? null,
        ...Object.fromEntries(
          Object.entries(billingAddress ?? {}).map(([part, value]) => [`billingAddress.${part}`, value]),
        ),
      },
    ],
  },
  links: {
    pageSize: 100,
    columns: ['customerId', 'system', 'externalId'],
    fields: 'id externalIds { system externalId endedAt }',
    rowsOf: ({ id, externalIds }) =>
      (externalIds ?? [])
        .filter(({ endedAt }) => endedAt === null)
        .map(({ system, externalId }) => ({ customerId: id, system, externalId })),
  },
  orders: {
    pageSize: 10,
    columns: [
      ...['ref', 'customerId', 'orderId', 'status', 'orderedOn', 'currency', 'purchaseOrderNumber', 'legalEntityId'],
      ...['netTotal', 'tax', 'total', 'lines.sku', 'lines.quantity', 'lines.unitPrice'],
    ],
    fields: `id salesOrders(first: ${ORDERS_AT_ONCE}) { ${ORDERS} }`,
    // A line of the table for each line of an order, as `import` takes them together again by `ref`.
    rowsOf: ({ id: customerId, salesOrders }) =>
      (salesOrders?.nodes ?? []).flatMap((order) =>
        (order.lines.length > 0 ? order.lines : [null]).map((line) => ({
          ref: order.number,
          customerId,
          orderId: order.id,
          status: order.status,
          orderedOn: order.orderedOn,
          currency: order.currency,
          purchaseOrderNumber: order.purchaseOrderNumber,
          legalEntityId: order.legalEntity?.id ?? null,
          netTotal: order.netTotal?.amount,
          tax: order.tax?.amount,
          total: order.total?.amount,
          'lines.sku': line?.sku ?? null,
          'lines.quantity': line?.quantity ?? null,
          'lines.unitPrice': line?.unitPrice?.amount ?? null,
        })),
      ),
    more: {
      query: `query ($id: ID!, $after: String) { customer(id: $id) { id
        salesOrders(first: ${ORDERS_AT_ONCE}, after: $after) { ${ORDERS} } } }`,
      cursorOf: ({ salesOrders }) => (salesOrders?.pageInfo.hasNextPage ? salesOrders.pageInfo.endCursor : null),
    },
  },
};
