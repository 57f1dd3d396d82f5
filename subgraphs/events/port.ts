import type { Conflict, ConflictFilter } from '../../events/conflicts/conflict-store.ts';
import type { DeadLetter } from '../../events/deliver/dead-letters.ts';
import type { Lag } from '../../events/deliver/lag.ts';
import type { Replay } from '../../events/deliver/replay.ts';
import type { SecretTimes, Subscription, SubscriptionFilter } from '../../events/deliver/subscriptions.ts';
import type { Terms } from '../../events/deliver/terms.ts';
import type { TestResult } from '../../events/deliver/test-event.ts';
import type { Parked, ParkedCursor, ParkedFilter } from '../../events/parked/desk.ts';
import type { Decision } from '../../events/parked/parked-store.ts';
import type { FindingStore } from '../../events/reconcile/finding-store.ts';
import type { Scope } from '../../events/reconcile/kinds.ts';
import type { Reconciliation } from '../../events/reconcile/runs.ts';
import type { CauseClass } from '../../platform/failure.ts';
import type { Page } from '../../platform/page.ts';
import type { Principal } from '../../platform/principal.ts';
import type { System } from './schema.generated.ts';

/** A system as the graph names it. */
export interface SystemRef {
  readonly name: System;
}

export interface PageOf {
  readonly first: number;
  readonly after: string | null;
}

/** Subscriptions on behalf of one caller: his key's own, or all of them with `operate` and no limit to rows. */
export interface SubscribersPort {
  subscription(id: string): Promise<Subscription | null>;
  page(filter: SubscriptionFilter, page: PageOf): Promise<Page<Subscription>>;
  deadLetters(subscriptionId: string | null, page: PageOf): Promise<Page<DeadLetter>>;
  secretTimes(ids: readonly string[]): Promise<readonly (readonly SecretTimes[])[]>;
  lag(ids: readonly string[]): Promise<readonly Lag[]>;
  /** @param keyId null: the caller's own. @throws INVALID, REFUSED, CONFLICT; FORBIDDEN_ARGUMENT where it would tell more than the caller may see */
  create(wanted: { keyId: string | null; terms: Terms; idempotencyKey: string }): Promise<SubscriptionMade>;
  /** These are NOT_FOUND for a subscription that the caller may not handle. */
  update(id: string, change: Partial<Terms> & { readonly enabled?: boolean }): Promise<Subscription>;
  rotate(id: string, overlapMs: number): Promise<SubscriptionMade>;
  remove(id: string): Promise<boolean>;
  test(id: string): Promise<TestResult>;
  replay(id: string, wanted: Replay): Promise<number>;
}

export interface SubscriptionMade {
  readonly subscription: Subscription;
  readonly secret: string | null;
}

/** Conflicts about the customers that one caller sees. */
export interface ConflictsPort {
  page(filter: ConflictFilter, page: PageOf): Promise<Page<Conflict>>;
  /** In the caller's name. @throws NOT_FOUND, CONFLICT unless it is open */
  dismiss(id: string, reason: string): Promise<Conflict>;
}

/** What of events is parked, about the customers that one caller sees; others' is as what there is not. */
export interface ParkedPort {
  page(filter: ParkedFilter, page: { first: number; after: ParkedCursor | null }): Promise<Page<Parked>>;
  find(ids: readonly string[]): Promise<readonly Parked[]>;
  /** These are in the caller's name. Answers the ids of those that are tried again. */
  retry(ids: readonly string[]): Promise<readonly string[]>;
  retryFor(wanted: { causeClass: CauseClass; system: string | null; first: number }): Promise<{
    ids: readonly string[];
    all: number;
  }>;
  dismiss(ids: readonly string[], reason: string): Promise<void>;
  decisionsOn(ids: readonly string[]): Promise<readonly (readonly Decision[])[]>;
  /** By system. */
  count(): Promise<ReadonlyMap<string, number>>;
}

/** What reconciliation found about the customers that one caller sees, and runs of it. */
export interface FindingsPort {
  readonly store: FindingStore;
  /** In the caller's name; who sees some customers only does not have all of them compared. @throws INVALID, REFUSED */
  request(wanted: { scope: Scope; since: string | null; dryRun: boolean }): Promise<{
    run: Reconciliation;
    joined: boolean;
  }>;
  show(ids: readonly string[]): Promise<readonly (Reconciliation | null)[]>;
  newest(first: number): Promise<readonly Reconciliation[]>;
}

/** What the graph asks about events, by part; each is asked for the caller of one request. */
export interface EventsServices {
  readonly subscribers: (principal: Principal) => SubscribersPort;
  readonly conflicts: (principal: Principal) => ConflictsPort;
  readonly findings: (principal: Principal) => FindingsPort;
  readonly parked: (principal: Principal) => ParkedPort;
}
