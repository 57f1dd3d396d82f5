import { z } from 'zod';
import { ConfigError, type Environment, intBetween, readConfig } from '../../../platform/config.ts';

/** Which acts need a second person, from which amount on, and how long they wait for one. */
export interface ApprovalRules {
  /** Largest amount that nobody else is asked for, as decimal text by act and currency; a currency that an act does not name needs approval from the first cent. */
  readonly upTo: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Acts that cost nothing and still always wait for a second person. */
  readonly always: readonly string[];
  /** Waiting longer than that it ends as REJECTED. */
  readonly waitHours: number;
  /** How long a proposal waits for the owner's steward. */
  readonly proposalDays: number;
  /** How long a merge of customers may be taken back. */
  readonly unmergeDays: number;
  /** Largest discount on the list price that a quote may offer; 0 to 100. */
  readonly quoteDiscountPercent: number;
}

/** What a hub does that sets nothing: only keys with `above: approval` have acts wait. */
export const DEFAULT_APPROVALS: ApprovalRules = Object.freeze({
  upTo: Object.freeze({}),
  always: Object.freeze([]),
  waitHours: 72,
  proposalDays: 30,
  unmergeDays: 30,
  quoteDiscountPercent: 20,
});

/** Acts with charges: the amount of any other would always be nothing. */
const PRICED = [
  ...['submitOrder', 'amendSubscription', 'renewSubscription', 'cancelSubscription', 'recordUsage'],
  'repairFinding', // by what is at stake
];
/** Acts without, which change who is who: all of them wait, or none. */
const UNPRICED = ['mergeCustomers', 'unmergeCustomers'];
const FORM = `must be like submitOrder:EUR=10000,USD=12000;amendSubscription:EUR=500;mergeCustomers, with amounts but for ${UNPRICED.join(' and ')}`;

const Shape = z.object({
  HUB_APPROVALS: z.string().optional(),
  HUB_APPROVAL_HOURS: intBetween(1, 8_760).default(DEFAULT_APPROVALS.waitHours),
  HUB_PROPOSAL_DAYS: intBetween(1, 365).default(DEFAULT_APPROVALS.proposalDays),
  HUB_UNMERGE_DAYS: intBetween(0, 3_650).default(DEFAULT_APPROVALS.unmergeDays),
  HUB_QUOTE_DISCOUNT_PERCENT: intBetween(0, 100).default(DEFAULT_APPROVALS.quoteDiscountPercent),
});

/** Reads `HUB_APPROVALS`, `HUB_APPROVAL_HOURS`, `HUB_PROPOSAL_DAYS`, `HUB_UNMERGE_DAYS` and `HUB_QUOTE_DISCOUNT_PERCENT`. @throws ConfigError */
export function approvalRules(env: Environment): ApprovalRules {
  const { HUB_APPROVALS, HUB_APPROVAL_HOURS, HUB_PROPOSAL_DAYS, HUB_UNMERGE_DAYS, HUB_QUOTE_DISCOUNT_PERCENT } =
    readConfig(Shape, env);
  const acts = (HUB_APPROVALS ?? '').split(';').filter((text) => text.trim() !== '');
  const problems: string[] = [];
  const upTo: Record<string, Record<string, string>> = {};
  const always = acts.map((text) => text.trim()).filter((act) => UNPRICED.includes(act));
  if (new Set(always).size < always.length) problems.push(`names ${always.join(', ')} twice`);
  for (const text of acts.filter((one) => !UNPRICED.includes(one.trim()))) {
    const [, act, amounts = ''] = /^\s*(\w+)\s*:(.*)$/.exec(text) ?? [];
    const limits = amounts.split(',').map((one) => /^\s*([A-Z]{3})\s*=\s*(\d{1,18}(?:\.\d{1,6})?)\s*$/.exec(one));
    if (act === undefined || limits.includes(null)) problems.push(FORM);
    else if (!PRICED.includes(act)) problems.push(`unknown act ${act}; there are ${PRICED.join(', ')}`);
    else if (upTo[act] !== undefined) problems.push(`names ${act} twice`);
    else upTo[act] = Object.fromEntries(limits.map((one) => [one?.[1] ?? '', one?.[2] ?? '']));
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)].map((problem) => `HUB_APPROVALS: ${problem}`));
  return Object.freeze({
    upTo,
    always: Object.freeze(always),
    waitHours: HUB_APPROVAL_HOURS,
    proposalDays: HUB_PROPOSAL_DAYS,
    unmergeDays: HUB_UNMERGE_DAYS,
    quoteDiscountPercent: HUB_QUOTE_DISCOUNT_PERCENT,
  });
}
