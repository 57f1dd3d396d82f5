import { type Budget, DATA_CLASSES, type DataClass, type RowScope } from '../principal.ts';

/** What a key or token may be allowed, one sentence each. The schema's `@requiresScopes` names these. */
export const SCOPES = {
  'customer:read': 'Read customers, their hierarchy, contacts and ids.',
  'customer:write': 'Change customers and open new ones.',
  'customer:steward': 'See likely duplicates and merge customers.',
  'catalogue:read': 'Read products, prices and stock.',
  'order:read': 'Read sales orders, their lines and fulfilment.',
  'order:write': 'Submit orders.',
  'invoice:read': 'Read invoices and payments.',
  'finance:read': 'Read credit limits, holds, balances and collections.',
  'subscription:read': 'Read subscriptions and entitlements.',
  'subscription:write': 'Amend, renew and cancel subscriptions.',
  'usage:write': 'Record what customers used of what is charged by use.',
  'sales:read': 'Read opportunities and quotes.',
  'marketing:read': 'Read the e-mail addresses of people who agreed to marketing.',
  'support:read': 'Read support cases and their service levels.',
  'process:read': 'Follow processes and their steps.',
  'events:subscribe': 'Have events sent to an address, as far as the other scopes show what they are about.',
  'schema:read': 'Read the schema, as far as the other scopes show it.',
  approve: 'Approve and reject processes that wait for a second person.',
  'audit:read': 'Read the audit: who did or was denied what, and every change of a key.',
  'keys:admin': 'See keys, and make, change, rotate and revoke them; none that may do more than the own one.',
  operate: 'See exceptions, retry processes and give them up.',
} as const;

export type Scope = keyof typeof SCOPES;

const NAMES = Object.keys(SCOPES) as Scope[]; // Object.keys of the constant above

export const isScope = (text: string): text is Scope => Object.hasOwn(SCOPES, text);

/** What a role may do, for which system it acts when it writes owned fields, and what it sees in full. */
export interface Role {
  readonly scopes: readonly Scope[];
  readonly actsFor: string | null;
  readonly unmasked: readonly DataClass[];
  /** Absent: every customer. */
  readonly rows?: RowScope;
  /** What is not set is as the hub's configuration says. */
  readonly budget?: Partial<Budget>;
}

/** The roles of the demo keys. */
export const ROLES = {
  operator: {
    scopes: NAMES,
    actsFor: 'HUB',
    unmasked: DATA_CLASSES,
    budget: { costPerMinute: 60_000_000, requestsPerMinute: 600_000, concurrency: 200, maxCost: 100_000 },
  },
  support: {
    scopes: ['customer:read', 'order:read', 'invoice:read', 'subscription:read', 'support:read', 'process:read'],
    actsFor: 'SUPPORT',
    unmasked: ['PERSONAL', 'FINANCIAL'],
  },
  portal: {
    scopes: [
      'customer:read',
      'catalogue:read',
      'order:read',
      'order:write',
      'subscription:read',
      'subscription:write',
      'invoice:read',
      'process:read',
    ],
    actsFor: null,
    unmasked: ['PERSONAL', 'FINANCIAL'],
    budget: { concurrency: 100 }, // many people behind one key
  },
  partner: {
    scopes: ['customer:read', 'catalogue:read', 'order:read', 'schema:read'],
    actsFor: null,
    unmasked: [],
    rows: { partnerOfRecord: ['001Q80000004C9PIAU'] }, // C-10021 of the sandbox's company, which resells; its customers only
  },
} as const satisfies Record<string, Role>;

export type RoleName = keyof typeof ROLES;
