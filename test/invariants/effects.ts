import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';

/** What an effective write in a vendor's ledger means for whoever counts. */
type Meaning =
  /** Something is there that was not: at most one for each subject, until its end. */
  | { readonly opens: string }
  /** What was opened is gone. */
  | { readonly ends: string }
  /** A value was set: twice is the same as once, and undoing it is setting it again. */
  | 'sets';

/** An effect that is not here is a breach of its own: whoever adds one to the sandbox says here how it counts. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'sales-order.opened': { opens: 'sales order' },
  'amendment-order.opened': { opens: 'amendment order' },
  'sales-order.cancelled': { ends: 'sales order' },
  'sales-order.closed': { ends: 'sales order' },
  'sales-order.changed': 'sets',
  'contract-order.closed': { opens: 'closed contract order' },
  'contract-order.reopened': { ends: 'closed contract order' },
  'subsidiary-relationship.added': { opens: 'subsidiary relationship' },
  'subsidiary-relationship.removed': { ends: 'subsidiary relationship' },
  'subscription.opened': { opens: 'subscription' },
  'subscription.cancelled': { ends: 'subscription' },
  'subscription.amended': 'sets',
  'term.scheduled': { opens: 'term' },
  'term.withdrawn': { ends: 'term' },
  'term.end-changed': 'sets',
  'invoice.created': { opens: 'invoice' },
  'invoice.deleted': { ends: 'invoice' },
  'invoice.voided': { ends: 'invoice' },
  'invoice.paid': 'sets',
  'proration.created': { opens: 'proration' },
  'proration.deleted': { ends: 'proration' },
  'entitlement.granted': { opens: 'entitlement' },
  'entitlement.revoked': { ends: 'entitlement' },
  'entitlement.changed': 'sets',
  'contract.noted': { opens: 'contract note' },
  'contract.retracted': { ends: 'contract note' },
  'activity.noted': { opens: 'activity' },
  'activity.retracted': { ends: 'activity' },
  // A desk keeps every note: what does not hold any more is said by a second one.
  'case.noted': 'sets',
  'task.opened': { opens: 'task' },
  'task.withdrawn': { ends: 'task' },
  'service-order.opened': { opens: 'service order' },
  'service-order.cancelled': { ends: 'service order' },
  'service-order.closed': { ends: 'service order' },
  'visit.planned': { opens: 'visit' },
  'visit.cancelled': { ends: 'visit' },
  'visit.changed': 'sets',
  'service-invoice.posted': { opens: 'service invoice' },
  'service-invoice.credited': { ends: 'service invoice' },
  'return.authorized': { opens: 'return' },
  'return.cancelled': { ends: 'return' },
  'credit-note.posted': { opens: 'credit note' },
  'opportunity.closed-won': { opens: 'won opportunity' },
  'opportunity.reopened': { ends: 'won opportunity' },
  'opportunity.updated': 'sets',
  'usage.recorded': { opens: 'usage' },
  'usage.cancelled': { ends: 'usage' },
  'usage.corrected': { ends: 'usage' },
  'customer.opened': { opens: 'customer' },
  'customer.deactivated': { ends: 'customer' },
  'customer.deleted': { ends: 'customer' },
  'account.created': { opens: 'account' },
  'account.deleted': { ends: 'account' },
  'contact.created': { opens: 'contact' },
  'contact.deleted': { ends: 'contact' },
  'organization.created': { opens: 'organization' },
  'organization.deleted': { ends: 'organization' },
  'customer-payment.posted': { opens: 'customer payment' },
  'customer-payment.changed': 'sets',
  'customer.updated': 'sets',
  'account.updated': 'sets',
  'organization.updated': 'sets',
  'case.updated': 'sets',
};

/** How often each thing was made and ended, for one process. */
export interface Count {
  readonly vendor: VendorName;
  /** Example: `sales order prc_1:open-sales-order`. */
  readonly subject: string;
  opened: number;
  ended: number;
}

export interface Counted {
  readonly counts: readonly Count[];
  /** Effects that `MEANINGS` does not know. */
  readonly unknown: readonly string[];
}

/** Counts what the ledgers hold under the process's id: each write of the hub carries its step's key to the vendor. */
export function countEffects(
  processId: string,
  ledgers: Readonly<Record<VendorName, readonly NumberedEntry[]>>,
): Counted {
  const unknown = new Set<string>();
  const counts = (Object.entries(ledgers) as [VendorName, readonly NumberedEntry[]][]).flatMap(([vendor, entries]) => {
    const ofVendor = new Map<string, Count>();
    const byRecord = new Map<string, Count>();
    const countOf = (opens: string, entry: NumberedEntry): Count => {
      const subject = [opens, entry.businessKey, ...distinguishing(entry)].filter(Boolean).join(' ');
      const count = byRecord.get(entry.id) ?? ofVendor.get(subject) ?? { vendor, subject, opened: 0, ended: 0 };
      ofVendor.set(count.subject, count);
      byRecord.set(entry.id, count);
      return count;
    };
    for (const entry of entries) {
      const made = byRecord.get(entry.id);
      // What ends a record need not carry the key that made it: the record's id tells.
      if (made === undefined && !carries(entry, processId)) continue;
      const meaning = MEANINGS[entry.effect];
      if (meaning === undefined) unknown.add(`${vendor} ${entry.effect}`);
      else if (meaning === 'sets') continue;
      // It may also end what was there before it, and open that again when it is undone.
      else if ('ends' in meaning) (made ?? countOf(meaning.ends, entry)).ended += 1;
      else countOf(meaning.opens, entry).opened += 1;
    }
    return [...ofVendor.values()];
  });
  return { counts, unknown: [...unknown] };
}

const carries = ({ businessKey, idempotencyKey }: NumberedEntry, processId: string): boolean =>
  [businessKey, idempotencyKey].some((key) => key !== null && (key === processId || key.includes(`${processId}:`)));

/** One step may rightly make several of a kind: a right for each product, an invoice or a proration for each line. */
function distinguishing({ effect, id, details }: NumberedEntry): string[] {
  if (effect.startsWith('entitlement')) return [String(details.sku)];
  if (effect.startsWith('contract-order')) return [id];
  if (effect.startsWith('invoice') || effect.startsWith('proration')) return [id];
  return [];
}
