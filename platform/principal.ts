/** How sensitive a value is; as in the graph's `DataClass`. */
export const DATA_CLASSES = ['PUBLIC', 'INTERNAL', 'PERSONAL', 'FINANCIAL', 'SECRET'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/**
 * The customers a caller may see. All parts that are given must hold, in each of them one of the values is enough; a part
 * that is an empty list opens nothing, and so does a scope without any part.
 */
export interface RowScope {
  /** Ids of the hub. */
  readonly customers?: readonly string[];
  /** The partner through whom the customer buys. */
  readonly partnerOfRecord?: readonly string[];
  readonly regions?: readonly string[];
  /** Codes of the legal entities that bill the customer. */
  readonly legalEntities?: readonly string[];
}

/** One mutation that a caller may run. */
export interface ActLimit {
  /**
   * Largest amount of one act, as decimal text by ISO 4217 code. Absent: any amount. Where it is given, an amount in a
   * currency that it does not name is over the limit. Example: `{ "EUR": "500.00" }`.
   */
  readonly upTo?: Readonly<Record<string, string>>;
  /** What becomes of an act above `upTo`: refused as LIMIT_EXCEEDED, or kept until a second person approves it. Default: `refuse`. */
  readonly above?: 'refuse' | 'approval';
}

/** The mutations that a caller may run, by name; what is not named is refused. */
export type ActLimits = Readonly<Record<string, ActLimit>>;

/** How much a caller may ask of the hub. */
export interface Budget {
  /** Points of static cost in any minute. */
  readonly costPerMinute: number;
  /** Requests in any minute. */
  readonly requestsPerMinute: number;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Largest static cost of one operation. */
  readonly maxCost: number;
}

export const BUDGET_PARTS = [
  'costPerMinute',
  'requestsPerMinute',
  'concurrency',
  'maxCost',
] as const satisfies (keyof Budget)[];

/** `gateway/config.ts` can set others for all keys and tokens that bring none of their own. */
export const DEFAULT_BUDGET: Budget = Object.freeze({
  costPerMinute: 600_000,
  requestsPerMinute: 6_000,
  concurrency: 20,
  maxCost: 10_000,
});

/** Who asks, once the credential was judged, and all that the caller may do. It travels whole to subgraphs that run apart. */
export interface Principal {
  /** Stable id of the key, or `<issuer>:<subject>` of a token; never the credential itself. */
  readonly id: string;
  readonly name: string;
  /** KEY: the bearer of an API key. USER: of a token. HUB: the hub on its own account. */
  readonly kind: 'KEY' | 'USER' | 'HUB';
  readonly scopes: readonly string[];
  /** The system on whose behalf this caller acts when it writes owned fields; null: for none. As in the graph's `System`. */
  readonly actsFor: string | null;
  /** null: every customer. */
  readonly rows: RowScope | null;
  /** Classes shown in full beside PUBLIC and INTERNAL, which always are. Default: none. */
  readonly unmasked: readonly DataClass[];
  /** Narrows what the scopes allow, never widens it. null: what the scopes allow. */
  readonly acts: ActLimits | null;
  /** `registered`: only operations of the safelist. Default: `free`. */
  readonly operations: 'free' | 'registered';
  readonly budget: Budget;
}

/** A caller of whom nothing but this is known: every customer, nothing unmasked, what the scopes allow, the standard budget. */
export const principalOf = (known: Pick<Principal, 'id' | 'name' | 'scopes'> & Partial<Principal>): Principal => ({
  kind: 'KEY',
  actsFor: null,
  rows: null,
  unmasked: [],
  acts: null,
  operations: 'free',
  budget: DEFAULT_BUDGET,
  ...known,
});
