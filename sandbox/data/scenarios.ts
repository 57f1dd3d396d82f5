import type { Fault } from '../start.ts';
import { type InvoicedAccount, largeAccount } from './large-account.ts';
import type { Trait, World } from './world.ts';

/** A situation to try the hub in, by name. */
export interface Scenario {
  /** What is set up, and what to expect of the hub. */
  readonly description: string;
  /** In force from then on, beside those of other scenarios; `calm` ends them all. */
  readonly faults: readonly Fault[];
  /** Customers in whom it shows; absent: in any. */
  readonly trait?: Trait;
  /** What the ERP is to hold besides, until it is reset; its customer is the one in whom it shows. @throws RangeError in a company that is too small */
  readonly books?: (world: World) => InvoicedAccount;
  /** Ends all faults first. */
  readonly calms?: true;
}

type Vendor = Fault['vendor'];
const EVERY: readonly Vendor[] = ['salesforce', 'netsuite', 'stripe', 'zendesk'];

const down = (vendor: Vendor, part: string): Scenario => ({
  description: `${vendor} drops every connection. Reads answer in time without ${part}, or with an older value marked stale; processes wait at the step that needs it, and become an exception when it stays down.`,
  faults: [{ vendor, kind: 'refuse' }],
});

const customersWith = (trait: Trait, description: string): Scenario => ({ description, faults: [], trait });

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  calm: { description: 'Ends every fault: all four vendors answer as they should.', faults: [], calms: true },
  'erp-down': down('netsuite', 'orders, invoices, credit and prices'),
  'billing-down': down('stripe', 'subscriptions and payments'),
  'crm-down': down('salesforce', 'contacts, opportunities and quotes'),
  'support-down': down('zendesk', 'cases and entitlements'),
  'erp-maintenance': {
    description:
      'NetSuite answers 503 with Retry-After: 5 until `calm`. Processes try again no sooner than that, then become an exception that can be retried.',
    faults: [
      {
        vendor: 'netsuite',
        kind: 'status',
        status: 503,
        retryAfter: '5',
        contentType: 'text/html',
        body: '<h1>Maintenance</h1>',
      },
    ],
  },
  'rate-limited': {
    description:
      'Every vendor answers one request in five with 429 and Retry-After: 1. Everything still succeeds, later.',
    faults: EVERY.map((vendor) => ({ vendor, kind: 'status', status: 429, retryAfter: '1', share: 0.2 })),
  },
  'credentials-refused': {
    description: 'Stripe answers 401. Nothing is retried: the cause is CREDENTIAL, and an operator is told which one.',
    faults: [
      {
        vendor: 'stripe',
        kind: 'status',
        status: 401,
        contentType: 'application/json',
        body: '{"error":{"type":"invalid_request_error","message":"Invalid API Key provided"}}',
      },
    ],
  },
  slow: {
    description: 'Every call takes two seconds more. Reads that do not fit the deadline leave out the slow part.',
    faults: EVERY.map((vendor) => ({ vendor, kind: 'latency', ms: 2000 })),
  },
  flaky: {
    description:
      'One call in ten gets 503, one in twenty-five is dropped, and one write in twenty-five happens without an answer. Everything succeeds in the end, once.',
    faults: EVERY.flatMap((vendor): Fault[] => [
      { vendor, kind: 'status', status: 503, share: 0.1 },
      { vendor, kind: 'refuse', share: 0.04 },
      { vendor, kind: 'apply-then-time-out', match: '^(POST|PUT|PATCH|DELETE) ', share: 0.04 },
    ]),
  },
  'lost-answer': {
    description:
      'The next write to each vendor happens, and its answer is lost. The hub must find out instead of doing it twice: the ledgers hold it once.',
    faults: EVERY.map((vendor) => ({
      vendor,
      kind: 'apply-then-time-out',
      match: '^(POST|PUT|PATCH|DELETE) (?!.*(token|query|search|preview))',
      count: 1,
    })),
  },
  'shape-change': {
    description:
      'Stripe changes one field of each answer. The hub says CONTRACT_BROKEN and names the field; it never guesses.',
    faults: [{ vendor: 'stripe', kind: 'shape-change', match: '^GET ' }],
  },
  'erp-refuses-tax': customersWith(
    'tax-refused',
    'NetSuite refuses every new order of these customers, because tax is not set up for their region. submitOrder is compensated: nothing is left in any ledger, and the reason can be read on the process.',
  ),
  'credit-hold': customersWith(
    'credit-hold',
    'They owe more than their credit limit. submitOrder is rejected before anything is written.',
  ),
  'failed-payment': customersWith('failed-payment', 'Their last card payment failed; a subscription is past due.'),
  collections: customersWith('collections', 'Payments failed three times in a row, and old invoices are unpaid.'),
  'over-licensed': customersWith(
    'over-licensed',
    'They use more seats than they pay for. amendSubscription to the seats in use brings both together.',
  ),
  'amended-mid-term': customersWith('amended-mid-term', 'Their seats changed in the middle of the running month.'),
  escalation: customersWith('open-escalation', 'They have an escalated case whose next promise falls due today.'),
  hierarchy: customersWith(
    'hierarchy-parent',
    'They stand above other accounts, up to three levels, served by several legal entities in several currencies.',
  ),
  'merged-accounts': customersWith(
    'merged-away',
    'They were merged into another account; their old ids still lead there.',
  ),
  'large-account': {
    description:
      'NetSuite holds 10,000 invoice lines of one customer: 240 invoices of 25 lines, and one of 4,000. Pages come as quickly as those of others; one page with all of it is refused by its cost.',
    faults: [],
    books: largeAccount,
  },
  'name-disagrees': customersWith('name-disagrees', 'CRM and ERP hold different legal names; the ERP owns it.'),
  prospects: customersWith(
    'prospect',
    'Only the CRM knows them: it still owns address and terms, until the first order.',
  ),
};
