import type { Call } from '../../../platform/call.ts';
import { HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { emptyPage, type Page } from '../../../platform/page.ts';
import type { InstanceIds } from '../../../platform/port/instances.ts';
import type { ScanPage } from '../../../platform/port/scan.ts';
import type { ErpPort } from '../port.ts';
import type { ErpScanPort } from '../scan-port.ts';
import type { Routed } from './routed.ts';

/** The scans of one ERP of several, in the graph's ids. Its cursors stay its own. */
export function scansOfInstance(port: ErpPort, instance: string, ids: InstanceIds): ErpScanPort {
  const graphId = (own: string): string => ids.of(instance, id(own));
  return {
    async scanCustomers(page, call) {
      const read = await port.scanCustomers(page, call);
      return {
        ...read,
        entries: read.entries.map((entry) => ({ ...entry, externalId: graphId(entry.externalId) })),
      };
    },
    async scanBooks(page, call) {
      const read = await port.scanBooks(page, call);
      const entries = read.entries.map(({ customerId, documents, ...rest }) => ({
        ...rest,
        customerId: ids.of(instance, customerId),
        documents: documents.map((one) => ({
          ...one,
          id: graphId(one.id),
          from: one.from === null ? null : graphId(one.from),
        })),
      }));
      return { ...read, entries };
    },
    creditInvoice: (about, call) =>
      port.creditInvoice({ customerId: ids.own(about.customerId), invoiceId: ids.own(about.invoiceId) }, call),
    postPayment: (payment, call) => port.postPayment({ ...payment, customerId: ids.own(payment.customerId) }, call),
  };
}

/**
 * The scans of several ERPs as one, one ERP after the other in the order of the configuration; one that is not read as a
 * whole is left out. A cursor is the ERP's name and its own cursor, like `emea>1050`.
 */
export function routedScans({ instances, ids }: Pick<Routed, 'instances' | 'ids'>): ErpScanPort {
  const scanned = [...instances].filter(([, { capabilities }]) => capabilities.scans).map(([name]) => name);

  async function walk<T>(
    { first, after }: ScanPage,
    call: Call,
    scan: (port: ErpPort) => (page: ScanPage, call: Call) => Promise<Page<T>>,
  ): Promise<Page<T>> {
    const [, name = scanned[0] ?? '', own = ''] = after === null ? [] : (/^([^>]*)>(.*)$/.exec(after) ?? []);
    const port = instances.get(name);
    if (port === undefined || !scanned.includes(name)) return emptyPage;
    const page = await scan(port)({ first, after: own === '' ? null : own }, call);
    const next = scanned[scanned.indexOf(name) + 1];
    if (page.hasMore || next === undefined) return { ...page, endCursor: `${name}>${page.endCursor ?? ''}` };
    return { ...page, hasMore: true, endCursor: `${next}>` };
  }

  const ownerOf = (customerId: string): ErpPort => {
    const port = instances.get(ids.instanceOf(customerId) ?? '');
    if (port) return port;
    throw new HubError('REFUSED', 'ERP refused: it holds no such customer', { system: 'ERP', field: 'customerId' });
  };

  return {
    scanCustomers: (page, call) => walk(page, call, (port) => port.scanCustomers),
    scanBooks: (page, call) => walk(page, call, (port) => port.scanBooks),
    // A document stays in the ERP in which it stands, whoever owns the customer by now.
    creditInvoice: (about, call) => ownerOf(about.customerId).creditInvoice(about, call),
    postPayment: (payment, call) => ownerOf(payment.customerId).postPayment(payment, call),
  };
}
